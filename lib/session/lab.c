/* The classroom protocol.  See lab.h. */
#include "session/lab.h"

#include "base/text.h"

void
lab_set_sender(struct session *s, struct span sender)
{
	envelope_set_sender(&s->envelope, sender);
	s->lab.sender = true;
}

void
lab_reset(struct session *s)
{
	s->lab.sender = s->lab.over = false;
	envelope_start(&s->envelope, (struct span){ NULL, 0 });
}

struct reply
lab_check_order(struct session *s)
{
	const char *missing = NULL;

	if (s->envelope.rcpts == 0)
		missing = "no recipient yet";
	if (!s->lab.sender)
		missing = "no sender yet";
	if (!s->lab.helo)
		missing = "no HELO yet";
	if (missing)
		return reply_because(REPLY_LAB_REFUSED, missing);
	s->phase = PHASE_RCPT;
	return reply(REPLY_OK);
}

static const char *
reason_for(enum reply_id id)
{
	switch (id) {
	case REPLY_NO_USER:
		return "not listed";
	case REPLY_LISTED:
		return "refused by its line of the users file";
	case REPLY_BAD_ARGUMENT:
		return "no address in brackets";
	case REPLY_BAD_SENDER:
	case REPLY_BAD_RCPT:
	case REPLY_UTF8_SENDER:
	case REPLY_UTF8_RCPT:
		return "not a valid address";
	case REPLY_BAD_PARAM:
	case REPLY_UNKNOWN_PARAM:
		return "text after the address";
	case REPLY_TOO_MANY_RCPT:
		return "too many recipients";
	default:
		return "syntax error";
	}
}

struct reply
lab_refuse(struct reply r)
{
	if (!r.reason)
		r.reason = reason_for(r.id);
	r.id = REPLY_LAB_REFUSED;
	return r;
}

struct reply
lab_help(struct session *s, struct span verb)
{
	static const struct {
		const char *verb, *syntax;
	} rows[] = {
		{ "HELO", "HELO" },
		{ "MAILFROM", "MAILFROM: <address>" },
		{ "RCPTTO", "RCPTTO: <address>" },
		{ "DATA", "DATA" },
		{ "RSET", "RSET" },
		{ "HELP", "HELP [verb]" },
		{ "NOOP", "NOOP" },
		{ "QUIT", "QUIT" },
	};
	char buffer[REPLY_MAX];
	struct text all = text_in(buffer, sizeof(buffer));
	struct span answer = { NULL, 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (span_is(verb, rows[i].verb))
			answer = span_of(rows[i].syntax);
		text_add(&all, i > 0 ? " " : "");
		text_add(&all, rows[i].verb);
	}
	session_reply_help(s, answer.n > 0 ? answer : text_span_of(&all));
	return reply(REPLY_NONE);
}
