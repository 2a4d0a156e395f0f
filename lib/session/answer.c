/* Replies to the end of the data.  See answer.h. */
#include "session/answer.h"

#include "session/session.h"

/* Returns the reply for outcome I of the delivery, after its `data wait`. */
static struct reply
answer_outcome(struct session *s, size_t i)
{
	const struct delivery_outcome *o = &s->delivery.outcome[i];
	enum wire_result r = WIRE_OK;

	if (o->wait > 0)
		r = wire_pause(&s->wire, o->wait);
	if (r == WIRE_OK && !o->close)
		return session_outcome(s, o);
	if (o->result == DELIVERY_DONE)
		session_stored_unheard(s);
	else if (o->result == DELIVERY_REFUSED)
		session_log_unsaid(s, reply_because(REPLY_LISTED, o->words));
	else if (o->result != DELIVERY_DROPPED)
		session_log_unsaid(s, session_outcome(s, o));
	return r == WIRE_OK ? session_end(s, END_CLOSED)
	                    : session_end_of_wire(s, r);
}

/* The session ended before the replies from I on: logs what is stored. */
static void
leave_unanswered(struct session *s, size_t i)
{
	for (; i < s->envelope.rcpts; i++) {
		sessionlog_one(&s->log, &s->envelope.rcpt[i]);
		if (s->delivery.outcome[i].result == DELIVERY_DONE)
			session_stored_unheard(s);
	}
}

struct reply
answer_data(struct session *s, struct reply failed)
{
	struct reply r;
	size_t i;

	for (i = 0;; i++) {
		if (s->options.lmtp && s->envelope.rcpts > 0)
			sessionlog_one(&s->log, &s->envelope.rcpt[i]);
		r = failed.id == REPLY_OK ? answer_outcome(s, i) : failed;
		if (!s->options.lmtp || i + 1 >= s->envelope.rcpts)
			return r;
		if (s->end != END_NOT_YET)
			break;
		session_reply(s, r);
	}
	leave_unanswered(s, i + 1);
	return r;
}

struct reply
answer_lookup(struct session *s, enum recipient_result result)
{
	const struct recipients *rs = &s->recipients;
	enum wire_result r = WIRE_OK;

	if (rs->wait > 0)
		r = wire_pause(&s->wire, rs->wait);
	if (r != WIRE_OK)
		return session_end_of_wire(s, r);
	switch (result) {
	case RECIPIENT_ADDED:
		return reply(REPLY_OK);
	case RECIPIENT_UNKNOWN:
		return reply(REPLY_NO_USER);
	case RECIPIENT_REFUSED:
		return session_refuse_address(s, rs->words);
	case RECIPIENT_CLOSE:
		return session_end(s, END_CLOSED);
	case RECIPIENT_TOO_MANY:
		return reply(REPLY_TOO_MANY_RCPT);
	case RECIPIENT_NO_ROOM:
		return reply_fault(REPLY_NO_ROOM, rs->reason, rs->error);
	case RECIPIENT_FAILED:
		break;
	}
	return reply_fault(REPLY_MAILBOX_FAILURE, rs->reason, rs->error);
}
