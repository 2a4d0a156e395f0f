/* smtp-stdio - receives mail by SMTP on its standard input and output
 *
 * This file is the protocol: a session, one function for each command, the
 * table of commands, the loop, and main().  A listener (a systemd socket,
 * inetd, tcpserver, socat) passes the connection as descriptors 0 and 1; there
 * is no socket code here.  250 after a message says that it is on disk in the
 * Maildir of every recipient; after any other answer no Maildir has it.
 *
 * RFC 5321, with 1870 (SIZE), 2034 (enhanced codes), 2920 (PIPELINING), 3030
 * (CHUNKING), 6152 (8BITMIME), 6531 (SMTPUTF8) and 9422 (LIMITS); LMTP is RFC
 * 2033. */
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/usage.h"
#include "client/client.h"
#include "session/answer.h"
#include "session/auth.h"
#include "session/begin.h"
#include "session/lab.h"
#include "session/policies.h"
#include "session/session.h"
#include "smtp/bdat.h"
#include "smtp/nonsmtp.h"
#include "smtp/param.h"
#include "smtp/path.h"
#include "smtp/verb.h"

/* Replies for the results of the parsers and of the delivery code. */
static const enum reply_id reply_for_verb[] = {
	[VERB_FINE] = REPLY_OK,
	[VERB_BAD_OCTET] = REPLY_BAD_OCTET,
	[VERB_BAD_ARGUMENT] = REPLY_BAD_ARGUMENT,
};

static const enum reply_id reply_for_param[] = {
	[PARAM_OK] = REPLY_OK,
	[PARAM_UNKNOWN] = REPLY_UNKNOWN_PARAM, /* 555, RFC 5321 4.1.1.11 */
	[PARAM_BAD] = REPLY_BAD_PARAM,
};

static const struct reply reply_for_fault[] = {
	[MESSAGE_FINE] = { .id = REPLY_OK },
	[MESSAGE_BARE_CR] = { .id = REPLY_BARE_CR_OR_LF, .reason = "bare-cr" },
	[MESSAGE_BARE_LF] = { .id = REPLY_BARE_CR_OR_LF, .reason = "bare-lf" },
	[MESSAGE_TOO_BIG] = { .id = REPLY_TOO_BIG },
	[MESSAGE_LOOPS] = { .id = REPLY_LOOP },
};

/* Ends the current transaction, if any, and sets PHASE. */
static void
leave_transaction(struct session *s, enum phase phase)
{
	if (s->phase == PHASE_BDAT)
		spool_end(&s->spool);
	s->phase = phase;
	s->lab.over = true;
}

static struct reply
do_helo(struct session *s, struct span arg)
{
	sessionlog_set_client(&s->log, arg);
	s->enhanced = false;
	s->lab.helo = true;
	if (!s->options.lab)
		leave_transaction(s, PHASE_GREETED); /* 4.1.4 */
	return reply(REPLY_HELO);
}

static struct reply
do_ehlo(struct session *s, struct span arg)
{
	sessionlog_set_client(&s->log, arg);
	s->enhanced = true;
	leave_transaction(s, PHASE_GREETED);
	session_reply_ehlo(s);
	return reply(REPLY_NONE);
}

/* Parses the path at the start of ARG into *RET and removes it from ARG.
 * Returns REPLY_OK or the error reply, which is BAD for an invalid address. */
static enum reply_id
take_path(struct span *arg, struct path *ret, enum reply_id bad)
{
	span_take_while(arg, is_blank); /* not in the syntax, but common */
	switch (path_parse(*arg, ret, arg)) {
	case PATH_OK:
		return span_all(*arg, is_printable) ? REPLY_OK
		                                    : REPLY_BAD_OCTET;
	case PATH_NO_BRACKETS:
		bad = REPLY_BAD_ARGUMENT;
		return span_all(*arg, is_printable) ? bad : REPLY_BAD_OCTET;
	case PATH_BAD:
		break;
	}
	return bad;
}

/* Checks the announced SIZE against the limit and the free space (RFC 1870
 * 6.1). */
static struct reply
check_size(struct session *s, const struct mail_params *p)
{
	uint64_t room;

	if (s->options.size > 0 && p->size > s->options.size)
		return reply(REPLY_TOO_BIG);
	if (p->has_size && os_free_space(s->site.mail, &room) == 0 &&
	    p->size > room)
		return reply_fault(REPLY_NO_ROOM, "free space", ENOSPC);
	return reply(REPLY_OK);
}

/* Checks the sender.  With --lab it must be listed in users.txt. */
static enum reply_id
check_sender(struct session *s, const struct path *from, bool utf8)
{
	if (!path_is_null(from) && from->domain.n == 0)
		return REPLY_BAD_SENDER; /* Postmaster is a recipient only */
	if (!from->ascii && !utf8)
		return REPLY_UTF8_SENDER;
	if (s->options.lab && !recipient_is_listed(&s->recipients, from))
		return REPLY_NO_USER;
	return REPLY_OK;
}

static struct reply
do_mail(struct session *s, struct span arg)
{
	struct mail_params params = { 0 };
	struct path from;
	enum reply_id r;
	struct reply size, listed;

	s->log.mails++;
	r = take_path(&arg, &from, REPLY_BAD_SENDER);
	if (r == REPLY_OK)
		r = reply_for_param[s->enhanced
		        ? param_parse_mail(arg, session_offers_auth(s), &params)
		        : param_parse_none(arg)];
	if (r == REPLY_OK)
		r = check_sender(s, &from, params.utf8);
	if (r != REPLY_OK)
		return reply(r);
	size = check_size(s, &params);
	if (size.id != REPLY_OK)
		return size;
	listed =
	    answer_lookup(s, recipient_check_sender(&s->recipients, &from));
	if (listed.id != REPLY_OK)
		return listed;
	if (s->options.lab)
		lab_set_sender(s, from.text);
	else
		envelope_start(&s->envelope, from.text);
	policies_begin(s);
	s->utf8 = params.utf8;
	s->recipients.size = params.size;
	s->phase = PHASE_MAIL;
	return reply_about(REPLY_SENDER_OK, from.text);
}

static struct reply
take_rcpt(struct session *s, struct span arg)
{
	struct path to;
	struct reply added;
	enum reply_id r;

	if (s->envelope.rcpts >= s->options.recipients) /* 4.5.3.1.10 */
		return reply(REPLY_TOO_MANY_RCPT);
	r = take_path(&arg, &to, REPLY_BAD_RCPT);
	if (r == REPLY_OK && path_is_null(&to))
		r = REPLY_BAD_RCPT;
	if (r == REPLY_OK && !to.ascii && !s->utf8)
		r = REPLY_UTF8_RCPT;
	if (r == REPLY_OK)
		r = reply_for_param[param_parse_none(arg)];
	if (r != REPLY_OK)
		return reply(r);
	added =
	    answer_lookup(s, recipient_add(&s->recipients, &s->envelope, &to));
	if (added.id == REPLY_OK && s->options.policies_n > 0) {
		added = policies_ask(s, to.text);
		if (added.id != REPLY_OK)
			envelope_remove_last(&s->envelope);
	}
	added.is_lookup = true;
	if (added.id != REPLY_OK)
		return added;
	s->phase = PHASE_RCPT;
	return reply_about(REPLY_RCPT_OK, to.text);
}

static struct reply
do_rcpt(struct session *s, struct span arg)
{
	struct reply r = take_rcpt(s, arg);

	s->envelope.refused += reply_is_refusal(r.id);
	return r;
}

static enum reply_id
out_of_order(const struct session *s)
{
	return s->options.lmtp ? REPLY_OUT_OF_ORDER_LMTP : REPLY_OUT_OF_ORDER;
}

/* Starts a message.  Returns REPLY_OK, or the reply that says why it cannot
 * start. */
static struct reply
begin_message(struct session *s)
{
	struct reply order = reply(REPLY_OK);
	bool refused = s->envelope.refused > 0 && !s->options.lmtp;

	if (s->options.lab)
		order = lab_check_order(s);
	if (order.id != REPLY_OK)
		return order;
	if (s->phase == PHASE_MAIL && refused) /* no recipient is left, 3.3 */
		return reply(REPLY_NO_VALID_RCPT);
	if (s->phase != PHASE_RCPT)
		return reply(out_of_order(s));
	if (session_begin_message(s) < 0)
		return session_storage_fault(errno, NULL);
	return reply(REPLY_OK);
}

/* Delivers the complete message, or rejects it if it has a fault. */
static struct reply
deliver(struct session *s)
{
	enum message_fault fault = message_fault(&s->message);

	s->phase = PHASE_GREETED;
	s->lab.over = true;
	if (fault != MESSAGE_FINE) {
		spool_end(&s->spool);
		return answer_data(s, reply_for_fault[fault]);
	}
	delivery_run(&s->delivery, &s->envelope, &s->spool);
	return answer_data(s, reply(REPLY_OK));
}

/* The connection ended within a message, which is therefore not delivered. */
static struct reply
end_in_message(struct session *s, enum wire_result r)
{
	return r == WIRE_EOF ? session_end(s, END_EOF_IN_MESSAGE)
	                     : session_end_of_wire(s, r);
}

static struct reply
do_data(struct session *s, struct span arg)
{
	struct reply r = begin_message(s);
	enum wire_result w;

	(void)arg; /* there is none */
	if (r.id != REPLY_OK)
		return r;
	session_reply(s, reply(REPLY_GO_AHEAD));
	wire_flush(&s->wire); /* if it fails, the next read fails, too */
	w = message_receive(&s->message, &s->wire, &s->spool);
	if (w == WIRE_OK)
		return deliver(s);
	spool_end(&s->spool);
	return end_in_message(s, w);
}

/* Receives the N octets of a chunk, or discards them if it is refused: they are
 * never parsed as commands. */
static struct reply
take_chunk(struct session *s, uint64_t n, enum wire_result *ret)
{
	struct reply r = reply(REPLY_OK);

	if (s->phase != PHASE_BDAT)
		r = begin_message(s);
	if (r.id != REPLY_OK) {
		*ret = message_drop(&s->wire, n);
		return r;
	}
	s->phase = PHASE_BDAT;
	*ret = message_receive_chunk(&s->message, &s->wire, &s->spool, n);
	return reply_for_fault[message_fault(&s->message)];
}

static struct reply
do_bdat(struct session *s, struct span arg)
{
	bool last, lost = s->phase == PHASE_LOST;
	bool open = s->phase & (PHASE_RCPT | PHASE_BDAT);
	enum wire_result w;
	struct reply r;
	uint64_t n;

	if (!bdat_parse(arg, &n, &last))
		return session_end(s,
		    END_BAD_CHUNK); /* length unknown: cannot resynchronise */
	s->idle += n == 0 && !last;
	r = take_chunk(s, n, &w);
	if (w != WIRE_OK)
		return end_in_message(s, w);
	if (last && r.id == REPLY_OK) {
		message_end(&s->message, &s->spool);
		return deliver(s);
	}
	if (r.id != REPLY_OK && open) /* the message is lost, RFC 3030 2 */
		leave_transaction(s, last ? PHASE_GREETED : PHASE_LOST);
	return last && (open || lost) ? answer_data(s, r) : r;
}

static struct reply
do_rset(struct session *s, struct span arg)
{
	(void)arg; /* there is none */
	leave_transaction(s,
	    s->phase == PHASE_CONNECTED ? PHASE_CONNECTED : PHASE_GREETED);
	return reply(REPLY_OK);
}

static struct reply
do_quit(struct session *s, struct span arg)
{
	(void)arg; /* there is none */
	return session_end(s, END_QUIT);
}

static struct reply
do_starttls(struct session *s, struct span arg)
{
	(void)arg; /* there is none */
	return session_start_tls(s);
}

static struct reply
do_noop(struct session *s, struct span arg)
{
	(void)s;
	(void)arg;
	return reply(REPLY_OK);
}

static struct reply
do_vrfy(struct session *s, struct span arg)
{
	(void)s;
	(void)arg;
	return reply(REPLY_WILL_TRY);
}

/* HELO and EHLO in LMTP, LHLO in SMTP (RFC 2033 4.1). */
static struct reply
do_other_hello(struct session *s, struct span arg)
{
	(void)arg;
	return reply(s->options.lmtp ? REPLY_USE_LHLO : REPLY_USE_EHLO);
}

static struct reply do_help(struct session *s, struct span arg);

/* Properties of a command, one bit each. */
enum trait {
	TRAIT_IDLE = 1 << 0,      /* counts as idle: it transfers no mail */
	TRAIT_NO_LMTP = 1 << 1,   /* unknown with --lmtp (RFC 2033 4.1) */
	TRAIT_ONLY_LMTP = 1 << 2, /* unknown without --lmtp */
	TRAIT_CHUNK = 1 << 3,     /* octets follow, never parsed as commands */
	TRAIT_LAB = 1 << 4,       /* known with --lab, too */
	TRAIT_LAB_421 = 1 << 5, /* with --lab, refusals are REPLY_LAB_REFUSED */
	TRAIT_TLS = 1 << 6,     /* offered only with --tls or over TLS */
	TRAIT_AUTH = 1 << 7,    /* offered where users are asked; long lines */
	TRAIT_NEEDS_TLS = 1 << 8,  /* with --tls-required: not before TLS */
	TRAIT_NEEDS_USER = 1 << 9, /* with --auth-required: not before AUTH */
};

/* For each verb: the phases in which it is allowed (RFC 5321 4.1.4), its
 * argument, and the function that answers it (NULL: known, but not offered).
 * dispatch() checks each command against its row first, so a function is never
 * called out of order or without its argument. */
static const struct command {
	struct verb verb;
	unsigned phases; /* in which it is allowed */
	unsigned traits;
	struct reply (*answer)(struct session *s, struct span arg);
	const char *syntax; /* for HELP; NULL: not listed there */
} commands[] = {
	/* clang-format off */
	{ { "HELO", NULL, ARG_OPTIONAL_NAME }, PHASE_ANY,
		TRAIT_IDLE | TRAIT_NO_LMTP | TRAIT_LAB, do_helo,
		"HELO domain (RFC 5321 4.1.1.1)" },
	{ { "EHLO", NULL, ARG_NAME }, PHASE_ANY, TRAIT_IDLE | TRAIT_NO_LMTP,
		do_ehlo, "EHLO domain (RFC 5321 4.1.1.1)" },
	{ { "LHLO", NULL, ARG_NAME }, PHASE_ANY, TRAIT_IDLE | TRAIT_ONLY_LMTP,
		do_ehlo, "LHLO domain (RFC 2033 4.1)" },
	{ { "MAIL", "FROM:", ARG_PATH }, PHASE_GREETED,
		TRAIT_LAB | TRAIT_LAB_421 | TRAIT_NEEDS_TLS | TRAIT_NEEDS_USER,
		do_mail,
		"MAIL FROM:<reverse-path> [SIZE=octets] [BODY=8BITMIME]"
		" [SMTPUTF8] (RFC 5321 4.1.1.2)" },
	{ { "RCPT", "TO:", ARG_PATH }, PHASE_MAIL | PHASE_RCPT,
		TRAIT_LAB | TRAIT_LAB_421, do_rcpt,
		"RCPT TO:<forward-path> (RFC 5321 4.1.1.3)" },
	{ { "DATA", NULL, ARG_NONE }, PHASE_MAIL | PHASE_RCPT, TRAIT_LAB,
		do_data, "DATA (RFC 5321 4.1.1.4)" },
	{ { "BDAT", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_CHUNK,
		do_bdat, "BDAT octets [LAST] (RFC 3030 2)" },
	{ { "RSET", NULL, ARG_NONE }, PHASE_ANY, TRAIT_IDLE | TRAIT_LAB,
		do_rset, "RSET (RFC 5321 4.1.1.5)" },
	{ { "VRFY", NULL, ARG_REQUIRED }, PHASE_ANY, TRAIT_IDLE,
		do_vrfy, "VRFY user (RFC 5321 4.1.1.6)" },
	{ { "HELP", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_IDLE | TRAIT_LAB,
		do_help, "HELP [verb] (RFC 5321 4.1.1.8)" },
	{ { "NOOP", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_IDLE | TRAIT_LAB,
		do_noop, "NOOP [anything] (RFC 5321 4.1.1.9)" },
	{ { "STARTTLS", NULL, ARG_NONE }, PHASE_ANY, TRAIT_TLS,
		do_starttls, "STARTTLS (RFC 3207 4)" },
	{ { "AUTH", NULL, ARG_OPTIONAL }, PHASE_GREETED,
		TRAIT_AUTH | TRAIT_IDLE,
		auth_command,
		"AUTH mechanism [initial-response] (RFC 4954 4)" },
	{ { "QUIT", NULL, ARG_NONE }, PHASE_ANY, TRAIT_LAB,
		do_quit, "QUIT (RFC 5321 4.1.1.10)" },
	{ { "HELO", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_ONLY_LMTP,
		do_other_hello, NULL },
	{ { "EHLO", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_ONLY_LMTP,
		do_other_hello, NULL },
	{ { "LHLO", NULL, ARG_OPTIONAL }, PHASE_ANY, TRAIT_NO_LMTP,
		do_other_hello, NULL },
	{ { "EXPN", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	{ { "TURN", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	{ { "SEND", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	{ { "SOML", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	{ { "SAML", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	{ { "ETRN", NULL, ARG_OPTIONAL }, PHASE_ANY, 0, NULL, NULL },
	/* clang-format on */
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static bool
is_known(const struct session *s, const struct command *c)
{
	unsigned not_here = s->options.lmtp ? TRAIT_NO_LMTP : TRAIT_ONLY_LMTP;

	if (c->traits & not_here)
		return false;
	return !s->options.lab || (c->traits & TRAIT_LAB);
}

static bool
is_offered(const struct session *s, const struct command *c)
{
	if (c->traits & TRAIT_TLS)
		return s->options.tls || s->log.peer.secure;
	if (c->traits & TRAIT_AUTH)
		return session_offers_auth(s);
	return c->answer;
}

/* Sends the syntax of one verb, or the list of all (RFC 5321 4.1.1.8). */
static struct reply
do_help(struct session *s, struct span arg)
{
	char buffer[REPLY_MAX];
	struct text verbs = text_in(buffer, sizeof(buffer));
	struct span words = { NULL, 0 };
	size_t i;

	if (s->options.lab)
		return lab_help(s, arg);
	for (i = 0; i < COMMANDS; i++) {
		if (!is_known(s, &commands[i]) ||
		    !is_offered(s, &commands[i]) || !commands[i].syntax)
			continue;
		if (span_is(arg, commands[i].verb.name))
			words = span_of(commands[i].syntax);
		text_add(&verbs, verbs.n > 0 ? " " : "");
		text_add(&verbs, commands[i].verb.name);
	}
	session_reply_help(s, words.n > 0 ? words : text_span_of(&verbs));
	return reply(REPLY_NONE);
}

static const struct command *
find_command(const struct session *s, struct span line, struct span *ret_arg)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (verb_matches(&commands[i].verb, line, ret_arg) &&
		    is_known(s, &commands[i]))
			return &commands[i];
	return NULL;
}

/* Checks whether the session has the TLS and the user that C needs. */
static enum reply_id
check_needs(const struct session *s, const struct command *c)
{
	if ((c->traits & TRAIT_NEEDS_TLS) && s->options.tls_required &&
	    !s->log.peer.secure)
		return REPLY_NEEDS_TLS;
	if ((c->traits & TRAIT_NEEDS_USER) && s->options.auth_required &&
	    !s->authenticated)
		return REPLY_NEEDS_USER;
	return REPLY_OK;
}

/* Checks LINE against its table row C, which is NULL for an unknown verb. */
static enum reply_id
check_call(const struct session *s, const struct command *c, struct span line,
    struct span arg)
{
	enum reply_id r =
	    reply_for_verb[verb_check(c ? &c->verb : NULL, line, arg)];

	if (r != REPLY_OK)
		return r;
	if (!c)
		return REPLY_UNKNOWN;
	if (!is_offered(s, c))
		return (c->traits & TRAIT_AUTH) && session_offers_auth_in_tls(s)
		    ? REPLY_AUTH_NEEDS_TLS
		    : REPLY_NOT_HERE;
	if (s->options.lab)
		return REPLY_OK; /* only DATA checks the order */
	return s->phase & c->phases ? check_needs(s, c) : out_of_order(s);
}

/* Returns the error reply for the end HOW of a line of command C, or
 * REPLY_OK.  Only AUTH may have more than WIRE_LINE_MAX octets. */
static enum reply_id
check_line_end(const struct command *c, struct span line, enum wire_result how)
{
	bool auth = c && (c->traits & TRAIT_AUTH);

	if (how == WIRE_BARE_LF)
		return REPLY_BARE_LF;
	if (how == WIRE_TOO_LONG && auth)
		return REPLY_AUTH_TOO_LONG;
	if (how == WIRE_TOO_LONG || (line.n > WIRE_LINE_MAX - 2 && !auth))
		return REPLY_TOO_LONG;
	return REPLY_OK;
}

/* Runs the command in LINE.  HOW says how the line ended. */
static struct reply
dispatch(struct session *s, struct span line, enum wire_result how)
{
	struct span arg = { line.s, 0 };
	const struct command *c;
	enum reply_id wrong, end;
	struct reply r;

	if (s->options.lab && s->lab.over)
		lab_reset(s);
	c = find_command(s, span_trim_end(line), &arg);
	sessionlog_command(&s->log, line, c != NULL);
	end = check_line_end(c, line, how);
	line = span_trim_end(line);
	wrong = end != REPLY_OK ? end : check_call(s, c, line, arg);
	if (wrong != REPLY_OK && c && (c->traits & TRAIT_CHUNK))
		return session_end(s, END_BAD_CHUNK);
	if (end != REPLY_OK)
		return reply(end);
	r = reply(wrong);
	if (c && wrong == REPLY_OK)
		r = c->answer(s, arg);
	if (s->options.lab && c && (c->traits & TRAIT_LAB_421) &&
	    reply_is_refusal(r.id))
		r = lab_refuse(r);
	if (c && (c->traits & TRAIT_IDLE))
		s->idle++;
	return r;
}

static struct reply
take_line(struct session *s, struct span line, enum wire_result how)
{
	struct span shown; /* in the log */
	const char *nonsmtp =
	    s->log.commands ? NULL : nonsmtp_find(line, &shown);
	struct reply r;

	if (!nonsmtp) {
		r = dispatch(s, line, how);
		if (s->log.secret)
			wire_wipe(&s->wire); /* it may be a password */
		return r;
	}
	sessionlog_command(&s->log, line, false);
	return session_end_because(s, END_NON_SMTP, nonsmtp);
}

/* Sends the greeting, except after STARTTLS (RFC 3207 4.2).  Then detects a TLS
 * client by its first octet: it might never send a line end. */
static void
greet(struct session *s)
{
	struct span first;
	enum wire_result r;

	if (!s->resumed)
		session_reply(s,
		    reply(s->options.lmtp ? REPLY_GREETING_LMTP
		                          : REPLY_GREETING));
	r = wire_peek(&s->wire, &first);
	if (r != WIRE_OK)
		session_end_of_wire(s, r);
	else if (first.s[0] == NONSMTP_TLS)
		session_end_because(s, END_NON_SMTP, "tls");
}

static void
serve(struct session *s)
{
	enum wire_result r;
	struct span line;

	s->phase = PHASE_CONNECTED;
	if (session_offers_auth(s))
		s->wire.line_max = WIRE_AUTH_MAX;
	begin_read_proxy(s);
	if (s->end == END_NOT_YET)
		greet(s);
	while (s->end == END_NOT_YET) {
		r = wire_line(&s->wire, &line);
		if (r == WIRE_OK || r == WIRE_BARE_LF || r == WIRE_TOO_LONG)
			session_reply_and_count(s, take_line(s, line, r));
		else
			session_end_of_wire(s, r);
	}
}

/* Serves the session OF in its sandbox.  Returns the exit code. */
static int
run(void *of)
{
	struct session *s = of;

	begin_confine(s);
	serve(s);
	return session_close(s);
}

int
main(int argc, char *argv[])
{
	static struct session session; /* untouched pages use no memory */
	struct options *o = &session.options;
	enum options_mode mode = options_parse(argc, argv, o);

	switch (mode) {
	case OPTIONS_SERVE:
	case OPTIONS_CHECK:
		break;
	case OPTIONS_TALK:
		return client_run(o);
	case OPTIONS_DONE:
		return EX_OK;
	case OPTIONS_WRONG:
		return EX_USAGE;
	}
	if (os_start(o->no_sync, o->deterministic) < 0) {
		usage_complain("descriptors 0 and 1 must be open", NULL);
		return EX_IOERR;
	}
	if (mode == OPTIONS_CHECK)
		return check(o, &session.recipients, &session.envelope);
	if (o->lf && !o->catch && wire_is_socket(STDIN_FILENO)) {
		usage_complain("--lf cannot be used on a socket", NULL);
		return EX_USAGE;
	}
	wire_open(&session.wire, STDIN_FILENO, STDOUT_FILENO, o->lf);
	if (begin_open(&session) < 0)
		return EX_CONFIG;
	return begin_run(&session, run);
}
