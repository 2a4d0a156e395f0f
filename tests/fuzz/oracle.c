/* Checks the replies and the mail of a session.  See oracle.h. */
#define _GNU_SOURCE
#include "oracle.h"

enum {
	LINE_MAX_OCTETS = 2048, /* maximum of a command */
	REPLY_MAX_OCTETS = 512,
	HOPS_MAX = 100,
	RCPTS_MAX = 1000,
};

/* Addresses with a mailbox, without `+tag`. */
static const struct {
	const char *address;
	unsigned boxes;
} known_users[] = {
	{ "a@b", 1 << BOX_A },
	{ "albin@gmail.com", 1 << BOX_ALBIN },
	{ "c@b", 1 << BOX_C },
	{ "deep@b", 1 << BOX_A | 1 << BOX_C },
	{ "drop@b", 0 },
	{ "dup@b", 1 << BOX_DUP },
	{ "each@b", 0 },
	{ "every@b", 0 },
	{ "fail@b", 0 },
	{ "hello@gmail.com", 1 << BOX_HELLO },
	{ "late@b", 0 },
	{ "no@b", 0 },
	{ "null@b", 0 },
	{ "run@b", 0 },
	{ "say@b", 0 },
	{ "slow@b", 1 << BOX_SLOW },
	{ "slow@c", 1 << BOX_SLOW },
	{ "team@b", 1 << BOX_A | 1 << BOX_C },
	{ "gr\xc3\xa5@b", 1 << BOX_GRA },
	{ "postmaster", 1 << BOX_ALL }, /* first Maildir in the file */
	{ "postmaster@mail.example.org", 1 << BOX_ALL },
};

enum verb { OTHER, HELO, EHLO, MAIL, RCPT, RSET, DATA, BDAT, STARTTLS };

/* State of the dialogue. */
struct model {
	const struct manner *manner;
	struct seen *seen;
	bool extended; /* the last greeting was EHLO */
	bool in_data;  /* the message is next */
	bool greeted, mail;
	bool chunks;  /* chunks were received, but not the last */
	bool lost;    /* a chunk was refused */
	bool over;    /* no exchange may follow */
	size_t rcpts; /* accepted in this transaction, with their Maildirs */
	unsigned boxes[RCPTS_MAX];
	bool known; /* `boxes` is exact for each of them */
	char *bodies;
	struct span body; /* of the chunks so far */
	uint64_t octets;  /* of these chunks, on the wire */
};

/* The replies of one exchange. */
struct answer {
	unsigned code;   /* of the first reply */
	size_t replies;  /* without one that closes the session */
	size_t accepted; /* number of them that accept the message */
	bool is_accepted[RCPTS_MAX + 1];
	bool closing;
	bool closing_only;
};

/* Returns the command at the start of IN, or OTHER. */
static enum verb
verb_of(struct span in)
{
	static const struct {
		const char *name;
		enum verb verb;
	} verbs[] = { { "HELO", HELO }, { "EHLO", EHLO }, { "LHLO", EHLO },
		{ "MAIL", MAIL }, { "RCPT", RCPT }, { "RSET", RSET },
		{ "DATA", DATA }, { "BDAT", BDAT }, { "STARTTLS", STARTTLS } };
	struct span line = span_take_until(&in, '\n');
	size_t i;

	if (line.n > 0 && line.s[line.n - 1] == '\r')
		line.n--;
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (span_take_word(&line, verbs[i].name))
			break;
	if (i == sizeof(verbs) / sizeof(*verbs))
		return OTHER;
	if (verbs[i].verb == BDAT && line.n > 0 &&
	    !is_blank((unsigned char)line.s[0]))
		return OTHER; /* another word; no chunk follows */
	return verbs[i].verb;
}

/* True if WORDS starts with CLASS.N.N and a blank. */
static bool
has_enhanced_code(struct span words, char class)
{
	size_t i;

	if (!span_take(&words, class))
		return false;
	for (i = 0; i < 2; i++)
		if (!span_take(&words, '.') ||
		    span_take_while(&words, is_digit).n == 0)
			return false;
	return span_take(&words, ' ');
}

/* Checks the form of one line of a reply, including its enhanced code. */
static void
judge_line(struct model *m, struct span line, enum verb verb, unsigned *code)
{
	static const struct span not_stored = LITERAL("Could not be stored");
	struct span digits = line;
	bool greeting, bare;
	uint64_t number;

	MUST(line.n >= 4 && line.n <= REPLY_MAX_OCTETS - 2);
	MUST(span_all(line, is_printable));
	MUST(line.s[3] == ' ' || line.s[3] == '-');
	digits.n = 3;
	MUST(span_number(digits, &number) && number >= 200 && number < 600);
	MUST(*code == 0 || *code == number); /* same code in all lines */
	*code = (unsigned)number;

	greeting = (verb == HELO || verb == EHLO) && number == 250;
	if (greeting)
		m->extended = verb == EHLO;
	bare = greeting || number / 100 == 3;
	span_take_n(&line, 4);
	MUST(m->manner->faults || number < 400 ||
	    !memmem(line.s, line.n, not_stored.s, not_stored.n));
	MUST(has_enhanced_code(line, digits.s[0]) == (m->extended && !bare));
}

static bool
is_closing(const struct model *m, struct span line)
{
	struct span words = line;

	if (span_take_word(&words, "421 ") && m->manner->lab &&
	    span_is(words, "Service Unavailable"))
		return false;
	words = line;
	return span_take_word(&words, "221 ") || span_take_word(&words, "421 ");
}

/* The words and, after EHLO, an id. */
static bool
is_stored(struct span line)
{
	return span_is(line, "250 OK; Message Accepted") ||
	    (span_take_word(&line, "250 2.0.0 OK; Message Accepted ") &&
	        line.n > 0 && span_all(line, is_printable));
}

static struct answer
judge_answer(struct model *m, struct span out, enum verb verb)
{
	struct answer a = { 0 };
	unsigned code = 0;
	struct span line;

	while (out.n > 0) {
		MUST(!a.closing);
		line = span_take_until(&out, '\n');
		MUST(span_take(&out, '\n') && line.n > 0);
		MUST(line.s[--line.n] == '\r');
		judge_line(m, line, verb, &code);
		if (line.s[3] == '-') {
			MUST(out.n > 0);
			continue;
		}
		if (a.code == 0)
			a.code = code;
		code = 0;
		verb = OTHER;
		a.closing = is_closing(m, line);
		a.closing_only = a.closing && a.replies == 0;
		MUST(a.replies <= RCPTS_MAX);
		a.is_accepted[a.replies] = is_stored(line);
		a.accepted += is_stored(line);
		a.replies += !a.closing;
	}
	if (a.closing)
		m->over = true;
	return a;
}

/* Returns the message whose last octet is the end of IN, or NULL. */
static struct delivered *
find_delivered(struct model *m, struct span in)
{
	size_t i, at = (size_t)(in.s + in.n - m->seen->in.s);

	for (i = 0; i < m->seen->messages; i++)
		if (m->seen->message[i].at == at)
			return &m->seen->message[i];
	return NULL;
}

/* Appends to the body of the message; its lines end with LF. */
static void
add_body(struct model *m, struct span line)
{
	if (line.n > 0)
		memcpy((char *)(uintptr_t)m->body.s + m->body.n, line.s,
		    line.n);
	m->body.n += line.n;
}

static void
start_body(struct model *m)
{
	m->body = (struct span){ m->bodies, 0 };
	m->octets = 0;
}

static struct span
end_body(struct model *m)
{
	m->bodies += m->body.n;
	return m->body;
}

/* Returns the number of header lines that begin with `Received:`. */
static size_t
hops_of(struct span body)
{
	struct span line;
	size_t n = 0;

	while (body.n > 0) {
		line = fuzz_part(&body, '\n');
		if (line.n == 0)
			break;
		n += span_take_word(&line, "Received:");
	}
	return n;
}

/* Takes the next line off the front of *IN and returns it without its end. */
static struct span
take_line(struct span *in, bool lf)
{
	struct span line = { in->s, 0 };

	while (in->n > 0) {
		if (span_take_word(in, "\r\n") || (lf && span_take(in, '\n')))
			break;
		span_take_n(in, 1);
		line.n++;
	}
	return line;
}

/* Reads the message IN, whose last line must be the dot, into the body.
 * Returns the reply code for its fault, or 0. */
static unsigned
read_message(struct model *m, struct span in)
{
	bool lf = m->manner->lf, bare = false;
	struct span rest = in, line;
	uint64_t size = 0;

	start_body(m);
	for (;;) {
		MUST(rest.n > 0);
		line = take_line(&rest, lf);
		if (span_is(line, "."))
			break;
		span_take(&line, '.');
		bare = bare || memchr(line.s, '\r', line.n) ||
		    memchr(line.s, '\n', line.n);
		size += line.n + 2;
		add_body(m, line);
		add_body(m, span_of("\n"));
	}
	MUST(rest.n == 0); /* only the dot ends the message */
	if (bare)
		return 554;
	if (m->manner->size > 0 && size > m->manner->size)
		return 552;
	return hops_of(m->body) >= HOPS_MAX ? 554 : 0;
}

/* Checks that the replies to the end of data match the delivery. */
static void
judge_delivery(struct model *m, struct delivered *d, const struct answer *a)
{
	size_t replies = m->manner->lmtp && m->rcpts > 0 ? m->rcpts : 1, i;

	if (d && d->may_end && a->replies < replies) {
		MUST(a->accepted <= d->accepted);
		m->over = true; /* instead of the other replies */
		d->body = end_body(m);
		return;
	}
	MUST(a->accepted == (d ? d->accepted : 0));
	MUST(!d || d->rcpts == m->rcpts);
	MUST(a->replies == replies);
	if (!d)
		return;
	d->body = end_body(m);
	d->known = m->known;
	for (i = 0; i < m->rcpts; i++)
		if (a->is_accepted[m->manner->lmtp ? i : 0])
			d->boxes |= m->boxes[i];
}

static void
end_transaction(struct model *m)
{
	m->rcpts = 0;
	m->mail = false;
}

static void
judge_message(struct model *m, const struct exchange *e, const struct answer *a)
{
	struct delivered *d = find_delivered(m, e->in);
	unsigned fault;

	m->in_data = false;
	if (a->closing_only && !(d && d->may_end)) {
		MUST(!d); /* the message is incomplete */
		return;
	}
	fault = read_message(m, e->in);
	MUST((d != NULL) == (fault == 0));
	MUST(fault == 0 || a->code == fault);
	judge_delivery(m, d, a);
	end_transaction(m);
}

/* Parses `BDAT digits [LAST]`. */
static bool
parse_chunk(struct span line, uint64_t *ret_size, bool *ret_last)
{
	struct span digits;

	line = span_trim_end(line);
	if (!span_all(line, is_printable))
		return false;
	span_take_word(&line, "BDAT");
	span_take_while(&line, is_blank);
	digits = span_take_while(&line, is_digit);
	if (!span_number(digits, ret_size))
		return false;
	*ret_last = span_take_while(&line, is_blank).n > 0 &&
	    span_take_word(&line, "LAST");
	return line.n == 0;
}

/* Replaces CRLF with LF in the joined chunks. */
static void
finish_chunks(struct model *m)
{
	struct span rest = m->body;

	m->body.n = 0;
	while (rest.n > 0)
		if (span_take_word(&rest, "\r\n"))
			add_body(m, span_of("\n"));
		else
			add_body(m, span_take_n(&rest, 1));
}

static void
judge_last_chunk(struct model *m, struct delivered *d, const struct answer *a)
{
	if (d)
		finish_chunks(m);
	MUST(!d || hops_of(m->body) < HOPS_MAX);
	judge_delivery(m, d, a);
	start_body(m);
	m->chunks = false;
	if (!m->lost && m->rcpts > 0)
		end_transaction(m);
}

/* Checks a BDAT command and the octets of its chunk. */
static void
judge_chunk(struct model *m, const struct exchange *e, const struct answer *a)
{
	struct delivered *d = find_delivered(m, e->in);
	struct span rest = e->in, line = take_line(&rest, m->manner->lf);
	bool last = false;
	uint64_t size;

	if (a->closing_only && !(d && d->may_end)) {
		MUST(!d);
		return;
	}
	if (e->in.n - rest.n > LINE_MAX_OCTETS ||
	    !parse_chunk(line, &size, &last)) {
		MUST(!d && a->code >= 500 && a->replies == 1 && !a->closing);
		m->over = true; /* length unknown: cannot resynchronise */
		return;
	}
	MUST(rest.n == size);
	if (a->code == 250 || d) {
		m->octets += size;
		add_body(m, rest);
		MUST(m->manner->size == 0 || m->octets <= m->manner->size);
	}
	if (last) {
		judge_last_chunk(m, d, a);
		return;
	}
	MUST(!d && a->accepted == 0 && a->replies == 1);
	MUST(a->code != 250 || (m->rcpts > 0 && !m->lost));
	m->chunks = a->code == 250;
	if (a->code != 250 && m->rcpts > 0) {
		m->lost = true;
		start_body(m);
	}
}

/* Checks that a line without CRLF, or too long, is not executed. */
static void
judge_line_end(struct model *m, struct span in, const struct answer *a)
{
	bool crlf = in.n >= 2 && in.s[in.n - 2] == '\r';

	if (a->closing_only) /* no SMTP client, or timeout */
		return;
	MUST(in.n > 0 && in.s[in.n - 1] == '\n');
	MUST((crlf || m->manner->lf) && in.n <= LINE_MAX_OCTETS
	        ? memchr(in.s, '\n', in.n) == in.s + in.n - 1
	        : a->code == 500);
}

static bool
is_plain(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c >= 0x80;
}

/* Checks that an accepted recipient is listed, and notes its Maildirs. */
static void
take_rcpt(struct model *m, struct span line)
{
	struct span address, rest;
	char bare[LINE_MAX_OCTETS];
	size_t n, i;

	MUST(m->rcpts < RCPTS_MAX);
	m->boxes[m->rcpts++] = 0;
	fuzz_part(&line, '<');
	rest = address = span_take_until(&line, '>');
	n = span_take_while(&rest, is_plain).n;
	memcpy(bare, address.s, n);
	if (n > 0 && rest.n > 0 && rest.s[0] == '+') /* skip any tag */
		while (rest.n > 0 && rest.s[0] != '@' && rest.s[0] != '"')
			span_take_n(&rest, 1);
	memcpy(bare + n, rest.s, rest.n);
	address = (struct span){ bare, n + rest.n };
	span_take(&rest, '@');
	if (n == 0 || !span_all(rest, is_plain)) {
		m->known = false; /* quotes, a route or similar */
		return;
	}
	for (i = 0; i < sizeof(known_users) / sizeof(*known_users); i++)
		if (span_is(address, known_users[i].address))
			break;
	if (i < sizeof(known_users) / sizeof(*known_users))
		m->boxes[m->rcpts - 1] = known_users[i].boxes;
	else
		m->boxes[m->rcpts - 1] = 1 << BOX_ALL;
	MUST(i < sizeof(known_users) / sizeof(*known_users) ||
	    span_is(rest, "wild.example"));
}

/* In lab mode, commands have no order: only DATA requires all three. */
static void
judge_lab(struct model *m, enum verb verb, struct span line)
{
	start_body(m);
	if (verb == HELO)
		m->greeted = true;
	if (verb == MAIL)
		m->mail = true;
	if (verb == RSET) {
		m->mail = false;
		m->rcpts = 0;
	}
	if (m->rcpts == 0)
		m->known = true;
	if (verb == RCPT)
		take_rcpt(m, line);
}

/* Checks that no command is accepted out of order. */
static void
judge_order(struct model *m, enum verb verb, struct span line)
{
	MUST(verb != MAIL || (m->greeted && !m->mail));
	MUST(verb != RCPT || m->mail);
	if (verb == HELO || verb == EHLO)
		m->greeted = true;
	if (verb == HELO || verb == EHLO || verb == RSET || verb == MAIL) {
		m->mail = verb == MAIL;
		m->rcpts = 0;
		m->known = true;
		m->lost = m->chunks = false;
		start_body(m);
	}
	if (verb == RCPT)
		take_rcpt(m, line);
}

static void
judge_command(struct model *m, const struct exchange *e, const struct answer *a,
    enum verb verb)
{
	MUST(!find_delivered(m, e->in));
	MUST(a->closing_only || a->replies == 1);
	MUST(a->accepted == 0);
	if (e == m->seen->exchange)
		return; /* the greeting */
	if (verb == STARTTLS && (a->code == 220 || a->code == 554)) {
		m->over = true; /* one octet more may be read, as a check */
		return;
	}
	judge_line_end(m, e->in, a);
	if (a->code == 250 && m->manner->lab)
		judge_lab(m, verb, e->in);
	else if (a->code == 250)
		judge_order(m, verb, e->in);
	MUST(a->code != 354 || (m->greeted && m->mail));
	MUST(a->code != 354 ||
	    (verb == DATA && m->rcpts > 0 && !m->lost && !m->chunks));
}

static struct answer
judge_exchange(struct model *m, const struct exchange *e)
{
	enum verb verb =
	    m->in_data || e == m->seen->exchange ? OTHER : verb_of(e->in);
	struct answer a;

	MUST(!m->over);
	if (verb == BDAT && m->manner->lab)
		verb = OTHER; /* unknown in lab mode */
	a = judge_answer(m, e->out, verb);
	if (m->in_data)
		judge_message(m, e, &a);
	else if (verb == BDAT)
		judge_chunk(m, e, &a);
	else
		judge_command(m, e, &a, verb);
	m->in_data = a.code == 354;
	return a;
}

void
judge_session(struct seen *s, const struct manner *manner, char *bodies)
{
	struct model m = { .manner = manner, .seen = s, .bodies = bodies };
	const struct exchange *last = s->exchange;
	struct exchange rest = { { NULL, 0 }, { s->out, 0 } };
	size_t i, logged = 0;

	start_body(&m);
	if (s->exchanges == 0) {
		MUST(manner->proxy); /* its header was invalid */
		return;
	}
	MUST(manner->proxy || last->in.n == 0); /* the greeting comes first */
	for (i = 0; i < s->exchanges; i++) {
		last = &s->exchange[i];
		judge_exchange(&m, last);
	}
	rest.in.s = last->in.s + last->in.n;
	rest.in.n = (size_t)(s->in.s + s->at - rest.in.s);
	if (rest.in.n > 0 && !m.over && find_delivered(&m, rest.in)) {
		judge_exchange(&m, &rest); /* a message without a reply */
		last = &rest;
	}
	for (i = 0; i < s->messages; i++)
		logged += s->message[i].logged;
	MUST(logged == s->log_accepted);
	if (m.over) /* nothing was read after the end */
		MUST(last->in.s + last->in.n == s->in.s + s->at);
}
