/* session - state, replies and end of a session
 *
 * Sends each reply and writes its log line; smtp-stdio.c only chooses the
 * reply. */
#ifndef SESSION_H
#define SESSION_H

#include "cli/options.h"
#include "monitor/monitor.h"
#include "session/message.h"
#include "session/sessionlog.h"
#include "session/startup.h"
#include "smtp/reply.h"
#include "smtp/wire.h"
#include "store/delivery.h"
#include "store/envelope.h"
#include "store/recipient.h"
#include "store/spool.h"

/* Phases of a session, one bit each (RFC 5321 4.1.4). */
enum phase {
	PHASE_CONNECTED = 1 << 0,
	PHASE_GREETED =
	    1 << 1,          /* HELO or EHLO was sent, no transaction is open */
	PHASE_MAIL = 1 << 2, /* sender, but no recipient yet */
	PHASE_RCPT = 1 << 3, /* sender and recipient */
	PHASE_BDAT =
	    1 << 4, /* a chunk of the message was received, but not the last */
	PHASE_LOST =
	    1 << 5, /* a chunk was refused: RSET required, RFC 3030 2 */
	PHASE_ANY = PHASE_CONNECTED | PHASE_GREETED | PHASE_MAIL | PHASE_RCPT |
	    PHASE_BDAT | PHASE_LOST,
};

enum ending {
	END_NOT_YET,
	END_QUIT,
	END_STARTTLS, /* exec of the TLS helper follows */
	END_INJECTED, /* octets after STARTTLS, before TLS */
	END_EOF,
	END_EOF_IN_MESSAGE,
	END_BAD_CHUNK,
	END_BAD_PROXY,
	END_CLOSED,
	END_NON_SMTP,
	END_TOO_MANY_ERRORS,
	END_TOO_MANY_COMMANDS,
	END_TIMEOUT,
	END_TERMINATED,
	END_BROKEN,
};

/* State of a --lab transaction, whose commands come in any order. */
struct lab {
	bool helo, sender; /* answered 250 */
	bool over;         /* the transaction; the next command resets */
};

enum { POLICIES_PREPEND_MAX = 4096 }; /* octets of header fields */

/* State of the policies (policies.h). */
struct policies {
	bool started[OPTIONS_POLICIES_MAX];
	bool failed[OPTIONS_POLICIES_MAX]; /* its answers may be late */
	uint64_t messages;
	size_t prepend_n;
	char prepend[POLICIES_PREPEND_MAX]; /* header fields, each with LF */
	char words[ACTION_WORDS_MAX + 1];   /* of the last refusal */
};

struct session {
	struct options options;
	struct site site;
	struct sessionlog log;
	enum phase phase;
	enum ending end;
	bool resumed; /* continues a session after STARTTLS */
	struct lab lab;
	bool utf8;         /* SMTPUTF8 in this transaction, RFC 6531 */
	unsigned errors;   /* since the last good command, without these: */
	unsigned unlisted; /* 5yz replies to well-formed RCPT commands */
	unsigned idle;     /* commands without mail since the last message */
	uint64_t
	    stored_reply_end; /* octets of output up to the last REPLY_STORED */
	char host_buffer[STARTUP_HOST_MAX];
	bool enhanced;      /* send enhanced codes: after EHLO */
	bool authenticated; /* by AUTH */
	unsigned auth_failures;
	struct wire wire;
	struct recipients recipients;
	struct envelope envelope;
	struct message message;
	struct spool spool;
	struct delivery delivery;
	struct monitor monitor;
	struct policies policies;
};

/* True if AUTH is offered: with --catch; with --auth over TLS, or with
 * --auth-clear. */
static inline bool
session_offers_auth(const struct session *s)
{
	const struct options *o = &s->options;

	return o->catch || (o->auth && (o->auth_clear || s->log.peer.secure));
}

/* True if it is not, but will be after STARTTLS. */
static inline bool
session_offers_auth_in_tls(const struct session *s)
{
	return s->options.auth && s->options.tls && !session_offers_auth(s);
}

/* True if a transaction is open: a sender was accepted. */
static inline bool
session_has_sender(const struct session *s)
{
	if (s->options.lab)
		return s->lab.sender && !s->lab.over;
	return s->phase & (PHASE_MAIL | PHASE_RCPT | PHASE_BDAT | PHASE_LOST);
}

/* Returns the reply for a message that could not be stored; ERROR is an errno,
 * BOX the Maildir that failed, or NULL. */
struct reply session_storage_fault(int error, const char *box);

/* Returns the reply for a refusal of users.txt: WORDS are its code, enhanced
 * code and text.  One with 421 is sent at once and ends the session. */
struct reply session_refuse(struct session *s, const char *words);

/* The same for a sender or a recipient: with --lab no such refusal ends the
 * session. */
struct reply session_refuse_address(struct session *s, const char *words);

/* Returns the reply for the outcome O of a delivery. */
struct reply session_outcome(struct session *s,
    const struct delivery_outcome *o);

/* Queues the reply R, unless it is REPLY_NONE, and logs a refusal or a stored
 * message. */
void session_reply(struct session *s, struct reply r);

/* Logs the message, which is stored, but whose reply is not sent. */
void session_stored_unheard(struct session *s);

/* Logs the failure R, which is not sent because the session ends. */
void session_log_unsaid(struct session *s, struct reply r);

/* Queues the answer to EHLO or LHLO, or to HELP with the text WORDS. */
void session_reply_ehlo(struct session *s);
void session_reply_help(struct session *s, struct span words);

/* Queues the reply to a command.  Ends the session after too many failed
 * commands or refused addresses (RFC 5321 7.8), or too many commands without a
 * message. */
void session_reply_and_count(struct session *s, struct reply r);

/* Starts a message for the recipients of the envelope and writes its trace
 * lines to the spool.  -1: it cannot be stored, with errno set. */
int session_begin_message(struct session *s);

/* Ends the session and queues the last reply for ENDING, if it has one.
 * Returns REPLY_NONE, so that the current command gets no other reply. */
struct reply session_end(struct session *s, enum ending end);

/* The same; REASON, or NULL, is the reason that is logged with the last
 * reply. */
struct reply session_end_because(struct session *s, enum ending end,
    const char *reason);

/* The same for the end of the connection; RESULT is not WIRE_OK. */
struct reply session_end_of_wire(struct session *s, enum wire_result result);

/* Returns the name of the protocol for Received, such as ESMTPS. */
const char *session_protocol(const struct session *s);

/* Answers STARTTLS (RFC 3207 4). */
struct reply session_start_tls(struct session *s);

/* Sends the queued replies, logs the end of the session and, after STARTTLS,
 * asks the monitor to execute the TLS helper.  Returns the exit code. */
int session_close(struct session *s);

#endif
