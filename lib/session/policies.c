/* Asks the programs of --policy.  See policies.h. */
#include "session/policies.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "base/os.h"
#include "base/text.h"
#include "session/session.h"

enum {
	PATIENCE = 30000, /* ms for an answer */
	QUESTION_MAX = 8192,
	ANSWER_MAX = 4096,
};

void
policies_begin(struct session *s)
{
	s->policies.messages++;
	s->policies.prepend_n = 0;
}

/* Adds an attribute.  A value with a line end would be several attributes. */
static void
add(struct text *t, const char *name, struct span value)
{
	text_add(t, name);
	text_char(t, '=');
	if (span_all(value, is_not_control))
		text_span(t, value);
	text_char(t, '\n');
}

static void
add_number(struct text *t, const char *name, uint64_t value)
{
	char digits[TEXT_NUMBER_MAX];

	add(t, name, text_of_number(digits, value));
}

/* The same value for all recipients of a message, and for no other message.
 * After STARTTLS process and start are the same, and messages are counted
 * anew. */
static void
add_instance(struct text *t, const struct session *s)
{
	text_add(t, "instance=");
	text_number(t, os_pid(), 0);
	text_char(t, '.');
	text_number(t, (uint64_t)s->log.start, 0);
	text_char(t, '.');
	text_number(t, s->policies.messages, 0);
	text_add(t, s->resumed ? ".tls\n" : "\n");
}

/* Writes the question on the recipient TO.  What is not known is empty. */
static void
write_question(struct text *t, const struct session *s, struct span to)
{
	const struct peer *peer = &s->log.peer;
	struct span address = span_of(peer->address), tls = span_of(peer->tls);
	struct span version = span_take_until(&tls, ' ');
	struct span name = peer_name(s->options.proxy);

	if (span_is(address, "unknown"))
		address.n = 0;
	text_add(t, "request=smtpd_access_policy\nprotocol_state=RCPT\n");
	add(t, "protocol_name", span_of(session_protocol(s)));
	add(t, "client_address", address);
	add_number(t, "client_port", peer->port);
	add(t, "client_name", name);
	add(t, "reverse_client_name", name);
	add(t, "helo_name", sessionlog_client(&s->log));
	add(t, "sender", s->envelope.sender);
	add(t, "recipient", to);
	text_add(t, "recipient_count=0\nqueue_id=\n");
	add_instance(t, s);
	add_number(t, "size", s->recipients.size);
	add(t, "sasl_username", (struct span){ s->log.user, s->log.user_n });
	add(t, "encryption_protocol", version);
	add(t, "encryption_cipher", span_trim(tls));
	text_char(t, '\n');
}

/* Starts policy I, unless it was started. */
static int
start(struct session *s, size_t i)
{
	struct request q = { .kind = REQUEST_POLICY, .policy = i };
	struct answer a;

	if (s->policies.started[i])
		return 0;
	if (request_send(&s->monitor.requests, &q, &a) < 0)
		return -1;
	s->policies.started[i] = a.error == 0;
	errno = (int)a.error;
	return a.error ? -1 : 0;
}

static int
send_all(int fd, struct span octets, int64_t deadline)
{
	ssize_t done;

	while (octets.n > 0) {
		if (os_wait(fd, POLLOUT, deadline) != OS_READY) {
			errno = ETIMEDOUT;
			return -1;
		}
		done = os_write(fd, octets.s, octets.n, true);
		if (done < 0)
			return -1;
		span_take_n(&octets, (size_t)done);
	}
	return 0;
}

/* Takes the lines of an answer with its empty line off the front of *REST.
 * False: it is not complete. */
static bool
take_answer(struct span *rest)
{
	while (rest->n > 0 && span_take_until(rest, '\n').n > 0)
		span_take(rest, '\n');
	return span_take(rest, '\n');
}

/* Reads the answer up to its empty line, after which nothing may follow. */
static int
hear(int fd, struct text *t, int64_t deadline)
{
	struct span rest;
	ssize_t n;

	for (;;) {
		rest = text_span_of(t);
		if (take_answer(&rest))
			break;
		errno = t->n == t->max ? EMSGSIZE : ETIMEDOUT;
		if (t->n == t->max || os_wait(fd, POLLIN, deadline) != OS_READY)
			return -1;
		n = os_read(fd, t->s + t->n, t->max - t->n);
		if (n == 0)
			errno = EPIPE; /* the policy has ended */
		if (n <= 0)
			return -1;
		t->n += (size_t)n;
	}
	errno = EPROTO;
	return rest.n == 0 ? 0 : -1;
}

/* A policy that failed once is not asked again: its next answer may be that to
 * an earlier question. */
static struct reply
fail(struct session *s, size_t i, int error)
{
	s->policies.failed[i] = true;
	return reply_fault(REPLY_MAILBOX_FAILURE, s->options.policies[i],
	    error);
}

/* Keeps a header field for the message. */
static bool
prepend(struct policies *p, struct span field)
{
	struct span rest = field, name = span_take_until(&rest, ':');

	if (name.n == 0 || rest.n == 0 || !span_all(name, is_not_blank) ||
	    !span_all(field, is_not_control) ||
	    field.n + 1 > sizeof(p->prepend) - p->prepend_n)
		return false;
	memcpy(p->prepend + p->prepend_n, field.s, field.n);
	p->prepend_n += field.n;
	p->prepend[p->prepend_n++] = '\n';
	return true;
}

static void
log_warning(const struct session *s, size_t i, struct span words)
{
	log_begin(LOG_REFUSED, "policy");
	log_text("program", span_of(s->options.policies[i]));
	log_text("text", words);
	log_end();
}

enum verdict { GO_ON, ACCEPT, REFUSE, NONSENSE };

/* Keeps the refusal WORDS, which begin with a code. */
static enum verdict
refuse(struct policies *p, struct span words)
{
	struct text kept = text_in(p->words, sizeof(p->words));

	return !action_refusal(words, &kept) && text_end(&kept) ? REFUSE
	                                                        : NONSENSE;
}

/* The same for CODE and WORDS, with ENHANCED between them unless WORDS have an
 * enhanced code. */
static enum verdict
refuse_with(struct policies *p, const char *code, const char *enhanced,
    struct span words)
{
	char line[ACTION_WORDS_MAX + 1];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, code);
	if (words.n == 0 || !is_digit((unsigned char)words.s[0]) ||
	    words.n < 5 || words.s[1] != '.') {
		text_char(&t, ' ');
		text_add(&t, enhanced);
	}
	text_char(&t, ' ');
	text_span(&t, words.n > 0 ? words : span_of("Refused by a policy"));
	return t.full ? NONSENSE : refuse(p, text_span_of(&t));
}

/* What the policies say about a recipient. */
struct judgement {
	enum verdict verdict;
	bool defers; /* it is refused if no policy refuses it otherwise */
	size_t by;   /* the policy whose refusal is kept */
};

/* Applies DEFER_IF_PERMIT, of which the first counts. */
static enum verdict
defer(struct policies *p, size_t i, struct span words, struct judgement *j)
{
	if (j->defers)
		return GO_ON;
	j->by = i;
	j->defers = refuse_with(p, "450", "4.7.1", words) == REFUSE;
	return j->defers ? GO_ON : NONSENSE;
}

/* Applies ACTION, the answer of policy I. */
static enum verdict
apply(struct session *s, size_t i, struct span action, struct judgement *j)
{
	struct policies *p = &s->policies;
	struct span words = action;
	struct span verb = span_take_while(&words, is_not_blank);

	words = span_trim(words);
	if (verb.n == 0 || span_is(verb, "DUNNO") ||
	    span_is(verb, "DEFER_IF_REJECT"))
		return GO_ON;
	if (span_is(verb, "OK"))
		return ACCEPT;
	if (span_is(verb, "PREPEND"))
		return prepend(p, words) ? GO_ON : NONSENSE;
	if (span_is(verb, "WARN")) {
		log_warning(s, i, words);
		return GO_ON;
	}
	if (span_is(verb, "DEFER_IF_PERMIT"))
		return defer(p, i, words, j);
	j->by = i;
	if (span_is(verb, "REJECT"))
		return refuse_with(p, "554", "5.7.1", words);
	if (span_is(verb, "DEFER"))
		return refuse_with(p, "450", "4.7.1", words);
	return refuse(p, action);
}

/* Takes `action=` off the answer, of which only the first line counts, and the
 * blanks around the action. */
static bool
take_action(struct span *rest)
{
	*rest = span_take_until(rest, '\n');
	if (!span_take_word(rest, "action="))
		return false;
	*rest = span_trim(*rest);
	return true;
}

/* Returns the time until which a policy may answer. */
static int64_t
deadline_of(const struct session *s)
{
	int64_t deadline = os_monotonic_ms() + PATIENCE;

	return deadline < s->wire.deadline ? deadline : s->wire.deadline;
}

/* Asks policy I.  Returns REPLY_OK and changes *J, or the reply for its
 * failure. */
static struct reply
ask(struct session *s, size_t i, struct span question, struct judgement *j)
{
	char octets[ANSWER_MAX];
	struct text answer = text_in(octets, sizeof(octets));
	int64_t deadline = deadline_of(s);
	int from = s->monitor.requests.policy[i].from;
	struct span action;

	if (s->policies.failed[i] ||
	    os_wait_regardless(from, POLLIN, 0) == OS_READY)
		return fail(s, i, EPROTO);
	if (start(s, i) < 0 ||
	    send_all(s->monitor.requests.policy[i].to, question, deadline) <
	        0 ||
	    hear(from, &answer, deadline) < 0)
		return fail(s, i, errno);
	action = text_span_of(&answer);
	if (!take_action(&action))
		return fail(s, i, EPROTO);
	j->verdict = apply(s, i, action, j);
	return j->verdict == NONSENSE ? fail(s, i, EPROTO) : reply(REPLY_OK);
}

struct reply
policies_ask(struct session *s, struct span to)
{
	char octets[QUESTION_MAX];
	struct text question = text_in(octets, sizeof(octets));
	struct judgement j = { .verdict = GO_ON };
	struct reply r = reply(REPLY_OK);
	size_t i;

	write_question(&question, s, to);
	assert(!question.full);
	for (i = 0; i < s->options.policies_n && j.verdict == GO_ON; i++) {
		r = ask(s, i, text_span_of(&question), &j);
		if (r.id != REPLY_OK)
			return r;
	}
	if (j.verdict != REFUSE && !j.defers)
		return r;
	r = session_refuse_address(s, s->policies.words);
	if (r.id != REPLY_NONE)
		r.reason = s->options.policies[j.by];
	return r;
}
