/* Log lines of a session.  See sessionlog.h. */
#include "session/sessionlog.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/os.h"
#include "smtp/nonsmtp.h"
#include "smtp/reply.h"
#include "store/envelope.h"
#include "store/spool.h"

static const char hidden[] = " ...";

/* The reason that is logged with a reply, unless the reply has one of its own,
 * as every reply that is not here has. */
static const char *const reasons[REPLY_COUNT] = {
	[REPLY_NO_SERVICE] = "no-service",
	[REPLY_TIMEOUT] = "timeout",
	[REPLY_TERMINATED] = "terminated",
	[REPLY_TOO_MANY_ERRORS] = "errors",
	[REPLY_TOO_MANY_COMMANDS] = "idle",
	[REPLY_UNKNOWN] = "unknown-command",
	[REPLY_USE_EHLO] = "use-ehlo",
	[REPLY_USE_LHLO] = "use-lhlo",
	[REPLY_NOT_HERE] = "not-offered",
	[REPLY_BAD_OCTET] = "bad-octet",
	[REPLY_BARE_LF] = "bare-lf",
	[REPLY_TOO_LONG] = "line-too-long",
	[REPLY_BAD_ARGUMENT] = "bad-argument",
	[REPLY_BAD_SENDER] = "bad-sender",
	[REPLY_BAD_RCPT] = "bad-recipient",
	[REPLY_UTF8_SENDER] = "not-ascii",
	[REPLY_UTF8_RCPT] = "not-ascii",
	[REPLY_BAD_PARAM] = "bad-parameter",
	[REPLY_UNKNOWN_PARAM] = "unknown-parameter",
	[REPLY_OUT_OF_ORDER] = "out-of-order",
	[REPLY_OUT_OF_ORDER_LMTP] = "out-of-order",
	[REPLY_AUTH_TOO_LONG] = "line-too-long",
	[REPLY_AUTH_CANCELLED] = "auth-cancelled",
	[REPLY_BAD_BASE64] = "bad-base64",
	[REPLY_BAD_MECHANISM] = "bad-mechanism",
	[REPLY_AUTH_TWICE] = "auth-twice",
	[REPLY_AUTH_FAILED] = "auth-failed",
	[REPLY_AUTH_NEEDS_TLS] = "tls-required",
	[REPLY_NEEDS_TLS] = "tls-required",
	[REPLY_NEEDS_USER] = "auth-required",
	[REPLY_TLS_IS_ON] = "tls-is-on",
	[REPLY_INJECTED] = "injected",
	[REPLY_NO_VALID_RCPT] = "no-valid-recipient",
	[REPLY_NO_USER] = "not-listed",
	[REPLY_TOO_MANY_RCPT] = "too-many-recipients",
	[REPLY_TOO_BIG] = "size",
	[REPLY_LOOP] = "loop",
	[REPLY_LISTED] = "users-file",
};

void
sessionlog_start(struct sessionlog *r)
{
	r->start = os_monotonic_ms();
	peer_from_environment(&r->peer);
	log_peer(r->peer.address);
}

/* Copies OCTETS to BUFFER, truncated to MAX octets.  Returns the length. */
static size_t
keep(char *buffer, size_t max, struct span octets)
{
	octets = span_take_n(&octets, max);
	memcpy(buffer, octets.s, octets.n);
	return octets.n;
}

void
sessionlog_set_client(struct sessionlog *r, struct span name)
{
	r->client_n = keep(r->client, sizeof(r->client), name);
}

struct span
sessionlog_client(const struct sessionlog *r)
{
	return (struct span){ r->client, r->client_n };
}

void
sessionlog_set_user(struct sessionlog *r, struct span name)
{
	r->user_n = keep(r->user, sizeof(r->user), name);
}

static void
log_user(const struct sessionlog *r)
{
	if (r->user_n > 0)
		log_text("user", (struct span){ r->user, r->user_n });
}

static void
log_tls(const struct sessionlog *r)
{
	if (r->peer.tls[0])
		log_text("tls", span_of(r->peer.tls));
}

void
sessionlog_command(struct sessionlog *r, struct span line, bool known)
{
	struct span shown = line, rest = line;
	bool auth = span_cut_secret(&shown, "AUTH");
	bool cut = auth || (!known && nonsmtp_find(line, &shown));

	r->commands++;
	r->tried_auth = r->tried_auth || auth;
	r->secret = auth || (r->tried_auth && !known);
	if (r->secret && !auth) {
		cut = true;
		shown.n = 0;
	}
	r->said_n = keep(r->said, sizeof(r->said) - sizeof(hidden), shown);
	span_take_n(&rest, shown.n);
	if (cut && span_trim(rest).n > 0)
		r->said_n += keep(r->said + r->said_n, sizeof(hidden),
		    span_of(shown.n > 0 ? hidden : hidden + 1));
}

void
sessionlog_one(struct sessionlog *r, const struct envelope_rcpt *to)
{
	r->to = to;
}

void
sessionlog_refusal(struct sessionlog *r, const struct reply *reply,
    struct span line)
{
	const char *reason = reply->reason ? reply->reason : reasons[reply->id];

	if (++r->refused > SESSIONLOG_LINES_MAX)
		return;
	log_begin(reply->is_local_fault ? LOG_DEFERRED : LOG_REFUSED,
	    "refused");
	if (r->client_n > 0)
		log_text("helo", sessionlog_client(r));
	if (r->from)
		log_text("from", *r->from);
	if (r->said_n > 0)
		log_text("command", (struct span){ r->said, r->said_n });
	if (r->to)
		log_text("to", span_of(r->to->path));
	log_text("reply", line);
	if (reason)
		log_reason(reason, reply->error);
	if (reply->status > 0)
		log_number("status", (uint64_t)reply->status);
	log_end();
}

/* Logs what the message is, and its recipient TO; if TO is NULL, how many of N
 * recipients have no line. */
static void
log_message(const struct sessionlog *r, const struct envelope_rcpt *to,
    size_t n)
{
	log_text("id", span_of(r->spool->id));
	log_text("from", r->envelope->sender);
	if (to)
		log_text("to", span_of(to->path));
	else
		log_number("more", n - SESSIONLOG_RCPTS_MAX);
}

static void
log_discarded(const struct sessionlog *r, const struct envelope_rcpt *to)
{
	log_begin(LOG_DONE, "discarded");
	log_message(r, to, r->discarded);
	log_end();
}

static void
log_accepted(const struct sessionlog *r, const struct envelope_rcpt *to,
    struct span reply)
{
	log_begin(LOG_DONE, "accepted");
	log_message(r, to, r->accepted);
	log_number("size", r->spool->size);
	log_tls(r);
	log_user(r);
	if (reply.n > 0)
		log_text("reply", reply);
	log_end();
}

void
sessionlog_stored(struct sessionlog *r, const struct envelope *e,
    const struct spool *s, struct span reply)
{
	const struct envelope_rcpt *to = r->to ? r->to : e->rcpt;
	const struct envelope_rcpt *end = r->to ? r->to + 1 : to + e->rcpts;
	size_t before = r->accepted;

	r->envelope = e;
	r->spool = s;
	for (; to < end; to++) {
		if (to->discard && ++r->discarded <= SESSIONLOG_RCPTS_MAX)
			log_discarded(r, to);
		if (to->n > 0 && ++r->accepted <= SESSIONLOG_RCPTS_MAX)
			log_accepted(r, to, reply);
	}
	r->stored += r->accepted > before;
}

void
sessionlog_command_end(struct sessionlog *r, const struct span *from)
{
	if (r->discarded > SESSIONLOG_RCPTS_MAX)
		log_discarded(r, NULL);
	if (r->accepted > SESSIONLOG_RCPTS_MAX)
		log_accepted(r, NULL, (struct span){ NULL, 0 });
	r->discarded = r->accepted = 0;
	r->from = from;
	r->to = NULL;
	r->said_n = 0;
}

/* A session without MAIL, AUTH and refusals is logged as a detail: it may be
 * a health check, which comes every few seconds and may end in a reset.  Other
 * connection errors are logged normally. */
void
sessionlog_end(struct sessionlog *r, const struct sessionlog_end *end)
{
	bool failed =
	    end->error && end->error != ECONNRESET && end->error != EPIPE;
	bool tried = failed || r->mails > 0 || r->refused > 0 || r->tried_auth;

	log_begin(tried ? LOG_DONE : LOG_DETAIL, "session");
	log_number("port", r->peer.port);
	log_text("helo", sessionlog_client(r));
	log_user(r);
	log_tls(r);
	log_text("end", span_of(end->manner));
	log_number("commands", r->commands);
	log_number("stored", r->stored);
	log_number("refused", r->refused);
	log_number("octets", end->octets);
	log_number("ms", (uint64_t)(os_monotonic_ms() - r->start));
	if (end->error)
		log_reason("connection", end->error);
	if (log_lost() > 0)
		log_number("lost", log_lost());
	if (end->unheard)
		log_text("unheard", span_of(end->unheard));
	log_end();
}
