/* State, replies and end of a session.  See session.h. */
#include "session/session.h"

#include <assert.h>
#include <errno.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "monitor/tls.h"
#include "smtp/trace.h"

static_assert((int)OPTIONS_RECIPIENTS_MAX <= (int)ENVELOPE_MAX,
    "the envelope has room for all recipients");
static_assert((int)ACTION_WORDS_MAX <= REPLY_MAX - 2,
    "a refusal of users.txt fits in a reply");
static_assert((int)STARTUP_HOST_MAX <= REPLY_MAX - 64,
    "the name of this host fits in a reply");
static_assert((int)SESSIONLOG_CLIENT_MAX <= (int)TRACE_NAME_MAX,
    "the name of the client fits in Received");
static_assert(POLICIES_PREPEND_MAX + TRACE_MAX +
            TRACE_SAME_MAX * (PATH_MAX_OCTETS + 16) + WIRE_LINE_MAX <=
        SPOOL_BUFFER,
    "the trace lines and the first line of the message fit in the buffer");
static_assert((int)PATH_MAX_OCTETS <= (int)WIRE_LINE_MAX,
    "a path fits in a command line");

enum {
	ERRORS_MAX = 20,    /* successive failed commands, RFC 5321 7.8 */
	UNLISTED_MAX = 100, /* refused addresses: somebody collects them */
	IDLE_MAX = 100,     /* idle commands since the last message */
};

static const struct {
	const char *manner;
	int exit_code;
	enum reply_id last;
	bool waits; /* until `last` is sent */
} endings[] = {
	[END_QUIT] = { "quit", EX_OK, REPLY_QUIT, true },
	[END_STARTTLS] = { "starttls", EX_OK, REPLY_GO_TLS, true },
	[END_INJECTED] = { "injected", EX_TEMPFAIL, REPLY_INJECTED, false },
	[END_EOF] = { "eof", EX_OK, REPLY_NONE, false },
	[END_EOF_IN_MESSAGE] = { "eof-in-message", EX_TEMPFAIL, REPLY_NONE,
	    false },
	[END_BAD_CHUNK] = { "bad-chunk", EX_TEMPFAIL, REPLY_BAD_ARGUMENT,
	    false },
	[END_BAD_PROXY] = { "bad-proxy", EX_TEMPFAIL, REPLY_NONE, false },
	[END_CLOSED] = { "closed", EX_TEMPFAIL, REPLY_NONE, false },
	[END_NON_SMTP] = { "non-smtp", EX_TEMPFAIL, REPLY_NON_SMTP, false },
	[END_TOO_MANY_ERRORS] = { "errors", EX_TEMPFAIL, REPLY_TOO_MANY_ERRORS,
	    false },
	[END_TOO_MANY_COMMANDS] = { "idle", EX_TEMPFAIL,
	    REPLY_TOO_MANY_COMMANDS, false },
	[END_TIMEOUT] = { "timeout", EX_TEMPFAIL, REPLY_TIMEOUT, false },
	[END_TERMINATED] = { "terminated", EX_TEMPFAIL, REPLY_TERMINATED,
	    false },
	[END_BROKEN] = { "broken", EX_IOERR, REPLY_NONE, false },
};

static const enum ending end_for_wire[] = {
	[WIRE_EOF] = END_EOF,
	[WIRE_TIMEOUT] = END_TIMEOUT,
	[WIRE_TERMINATED] = END_TERMINATED,
	[WIRE_BROKEN] = END_BROKEN,
};

struct reply
session_storage_fault(int error, const char *box)
{
	const char *what = box ? box : "storage";

	if (error == ENOSPC)
		return reply_fault(REPLY_NO_ROOM, what, error);
	if (error == EDQUOT)
		return reply_fault(REPLY_OVER_QUOTA, what, error);
	return reply_fault(REPLY_STORAGE_FAILURE, what, error);
}

/* Returns the reply for a program that refused the message or failed, maybe in
 * its own words.  WHAT is the reason for the log. */
static struct reply
program_fault(enum reply_id id, const char *what,
    const struct delivery_outcome *o)
{
	struct reply r = reply_fault(id, what, o->error);

	if (o->words) {
		r.id = REPLY_LISTED;
		r.detail = span_of(o->words);
	}
	r.status = o->status;
	return r;
}

static struct reply
command_fault(enum reply_id id, const struct delivery_outcome *o)
{
	return program_fault(id, o->command->line, o);
}

static struct reply
filter_fault(const struct session *s, enum reply_id id,
    const struct delivery_outcome *o)
{
	return program_fault(id, o->reason ? o->reason : s->options.filter, o);
}

struct reply
session_refuse(struct session *s, const char *words)
{
	struct reply r = reply_about(REPLY_LISTED, span_of(words));

	if (!reply_words_end_session(r.detail))
		return r;
	session_reply(s, r);
	return session_end(s, END_CLOSED);
}

struct reply
session_refuse_address(struct session *s, const char *words)
{
	return s->options.lab ? reply_about(REPLY_LISTED, span_of(words))
	                      : session_refuse(s, words);
}

struct reply
session_outcome(struct session *s, const struct delivery_outcome *o)
{
	switch (o->result) {
	case DELIVERY_DONE:
		s->idle = 0;
		return reply_about(REPLY_STORED, span_of(s->spool.id));
	case DELIVERY_REFUSED:
		return session_refuse(s, o->words);
	case DELIVERY_FAILED:
		return session_storage_fault(o->error, o->box);
	case DELIVERY_COMMAND_REFUSES:
		return command_fault(REPLY_COMMAND_REFUSES, o);
	case DELIVERY_FILTER_REFUSES:
		return filter_fault(s, REPLY_FILTER_REFUSES, o);
	case DELIVERY_FILTER_FAILS:
		return filter_fault(s, REPLY_COMMAND_FAILS, o);
	case DELIVERY_DROPPED:
		return session_end(s, END_CLOSED);
	case DELIVERY_COMMAND_FAILS:
		break;
	}
	return command_fault(REPLY_COMMAND_FAILS, o);
}

static void
put_line(struct session *s, const struct text *line)
{
	assert(!line->full);
	wire_put(&s->wire, text_span_of(line));
	wire_put(&s->wire, span_of("\r\n"));
}

void
session_reply(struct session *s, struct reply r)
{
	char buffer[REPLY_MAX - 2]; /* without CRLF */
	struct text line = text_in(buffer, sizeof(buffer));

	if (r.id == REPLY_NONE)
		return;
	reply_write(&line, &r, s->site.host, s->enhanced);
	put_line(s, &line);
	if (reply_is_refusal(r.id))
		sessionlog_refusal(&s->log, &r, text_span_of(&line));
	if (r.id != REPLY_STORED)
		return;
	s->stored_reply_end = s->wire.put;
	sessionlog_stored(&s->log, &s->envelope, &s->spool,
	    text_span_of(&line));
}

void
session_stored_unheard(struct session *s)
{
	s->stored_reply_end = UINT64_MAX; /* is never reached */
	sessionlog_stored(&s->log, &s->envelope, &s->spool,
	    (struct span){ NULL, 0 });
}

void
session_log_unsaid(struct session *s, struct reply r)
{
	sessionlog_refusal(&s->log, &r, (struct span){ NULL, 0 });
}

/* STARTTLS is offered if there is a helper and no TLS yet. */
void
session_reply_ehlo(struct session *s)
{
	char buffer[REPLY_EHLO_MAX];
	struct text lines = text_in(buffer, sizeof(buffer));

	reply_write_ehlo(&lines, s->site.host,
	    &(struct reply_extensions){
	        .size = s->options.size,
	        .recipients = s->options.recipients,
	        .auth = session_offers_auth(s),
	        .starttls = s->options.tls && !s->log.peer.secure,
	    });
	put_line(s, &lines);
}

void
session_reply_help(struct session *s, struct span words)
{
	char buffer[REPLY_MAX - 2];
	struct text line = text_in(buffer, sizeof(buffer));

	reply_write_help(&line, words, s->enhanced);
	put_line(s, &line);
}

/* Returns the name of the protocol for Received. */
const char *
session_protocol(const struct session *s)
{
	if (!s->enhanced)
		return "SMTP";
	return trace_protocol((s->options.lmtp ? TRACE_LMTP : 0) |
	    (s->utf8 ? TRACE_UTF8 : 0) | (s->log.peer.secure ? TRACE_TLS : 0) |
	    (s->authenticated ? TRACE_AUTH : 0));
}

static void
put_trace(struct session *s)
{
	bool single = s->envelope.rcpts == 1;
	struct span same[TRACE_SAME_MAX];
	struct trace trace = {
		.sender = s->envelope.sender,
		.rcpt = single ? span_of(s->envelope.rcpt[0].path)
		               : (struct span){ NULL, 0 },
		.same = same,
		.same_n = single
		    ? 0
		    : envelope_same_box(&s->envelope, same, TRACE_SAME_MAX),
		.client = sessionlog_client(&s->log),
		.name = peer_name(s->options.proxy),
		.peer = span_of(s->log.peer.address),
		.host = s->site.host,
		.tls = span_of(s->log.peer.tls),
		.protocol = session_protocol(s),
		.id = s->spool.id,
		.time = s->spool.time.tv_sec,
	};
	struct text lines;
	size_t max;
	char *room = spool_room(&s->spool, &max);

	lines = text_in(room, max);
	trace_write(&lines, &trace);
	text_span(&lines,
	    (struct span){ s->policies.prepend, s->policies.prepend_n });
	spool_put(&s->spool, lines.n);
}

/* Initializes the spool, message and delivery only here, so that a session
 * without a message uses less memory. */
int
session_begin_message(struct session *s)
{
	s->spool.site = &s->site;
	s->spool.deadline = s->options.deadline;
	if (monitor_is_needed(&s->options))
		s->spool.requests = &s->monitor.requests;
	if (spool_begin(&s->spool) < 0)
		return -1;
	put_trace(s);
	message_init(&s->message, s->options.size, s->wire.lf,
	    (size_t)s->spool.size);
	s->delivery.per_recipient = s->options.lmtp;
	s->delivery.seconds = (unsigned)s->options.command_time;
	s->delivery.deadline = s->wire.deadline;
	s->delivery.filter = s->options.filter;
	s->delivery.helo = sessionlog_client(&s->log);
	s->delivery.protocol = span_of(session_protocol(s));
	return 0;
}

struct reply
session_end_because(struct session *s, enum ending end, const char *reason)
{
	s->end = end;
	session_reply(s, reply_because(endings[end].last, reason));
	return reply(REPLY_NONE);
}

struct reply
session_end(struct session *s, enum ending end)
{
	return session_end_because(s, end, NULL);
}

struct reply
session_end_of_wire(struct session *s, enum wire_result result)
{
	return session_end(s, end_for_wire[result]);
}

void
session_reply_and_count(struct session *s, struct reply r)
{
	session_reply(s, r);
	sessionlog_command_end(&s->log,
	    session_has_sender(s) ? &s->envelope.sender : NULL);
	if (!reply_is_refusal(r.id))
		s->errors = 0;
	else if (r.is_lookup && reply_is_permanent(&r))
		s->unlisted++;
	else if (r.id != REPLY_TOO_MANY_RCPT)
		s->errors++;
	if (s->end == END_NOT_YET &&
	    (s->errors >= ERRORS_MAX || s->unlisted >= UNLISTED_MAX))
		session_end(s, END_TOO_MANY_ERRORS);
	if (s->end == END_NOT_YET && s->idle >= IDLE_MAX)
		session_end(s, END_TOO_MANY_COMMANDS);
}

/* The monitor executes the helper after the end of this process.  Returns the
 * exit code. */
static int
ask_for_tls(struct session *s)
{
	const struct request q = { .kind = REQUEST_TLS };

	if (request_send(&s->monitor.requests, &q, NULL) == 0)
		return EX_OK;
	log_failure("tls", s->options.tls, "the monitor cannot be asked",
	    errno);
	return EX_TEMPFAIL;
}

int
session_close(struct session *s)
{
	struct sessionlog_end end = {
		.manner = endings[s->end].manner,
		.octets = s->wire.got,
		.error = s->end == END_BROKEN ? s->wire.error : 0,
	};

	if (s->phase == PHASE_BDAT)
		spool_end(&s->spool);
	if (endings[s->end].waits)
		wire_flush(&s->wire); /* a failure does not change the end */
	wire_close(&s->wire);
	if (s->wire.sent < s->stored_reply_end)
		end.unheard = s->spool.id;
	sessionlog_end(&s->log, &end);
	if (s->end == END_STARTTLS && s->wire.sent == s->wire.put)
		return ask_for_tls(s);
	return endings[s->end].exit_code;
}

/* An attacker may have injected the plaintext that arrives together with
 * STARTTLS.  It must not be processed as if sent over TLS: RFC 3207 6,
 * CVE-2011-0411. */
struct reply
session_start_tls(struct session *s)
{
	if (s->log.peer.secure)
		return reply(REPLY_TLS_IS_ON);
	if (wire_has_input(&s->wire))
		return session_end(s, END_INJECTED);
	errno = EPIPE;
	if (s->monitor.requests.failed || !tls_is_there(&s->options))
		return reply_fault(REPLY_NO_TLS, s->options.tls, errno);
	return session_end(s, END_STARTTLS);
}
