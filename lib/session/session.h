/* session - who speaks, where a session stands, and how it ends
 *
 * Replies go out here, each beside its line in the log, so that smtp-stdio.c
 * has only to say which. */
#ifndef SESSION_H
#define SESSION_H

#include "cli/options.h"
#include "session/message.h"
#include "session/sessionlog.h"
#include "session/startup.h"
#include "smtp/reply.h"
#include "smtp/wire.h"
#include "store/delivery.h"
#include "store/envelope.h"
#include "store/recipient.h"
#include "store/spool.h"

/* Where a session stands, a bit each (RFC 5321 4.1.4). */
enum phase {
	PHASE_CONNECTED = 1 << 0,
	PHASE_GREETED =
	    1 << 1,          /* HELO or EHLO was said, no transaction is open */
	PHASE_MAIL = 1 << 2, /* there is a sender, and no recipient */
	PHASE_RCPT = 1 << 3, /* there are both */
	PHASE_BDAT =
	    1 << 4, /* a chunk of the message has come, and not the last */
	PHASE_LOST =
	    1 << 5, /* a chunk was refused: RSET is needed, RFC 3030 2 */
	PHASE_ANY = PHASE_CONNECTED | PHASE_GREETED | PHASE_MAIL | PHASE_RCPT |
	    PHASE_BDAT | PHASE_LOST,
};

enum ending {
	END_NOT_YET,
	END_QUIT,
	END_STARTTLS, /* it goes on behind a TLS helper, in another process */
	END_INJECTED, /* octets behind STARTTLS */
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

/* What --lab knows of a transaction, in which commands have no order. */
struct lab {
	bool helo, sender; /* each was answered 250 */
	bool over; /* the message has come; the next command starts anew */
};

struct session {
	struct options options;
	struct voice voice;
	struct sessionlog record;
	enum phase phase;
	enum ending end;
	bool resumed; /* it was begun before STARTTLS */
	struct lab lab;
	bool utf8;       /* addresses of this transaction, RFC 6531 */
	unsigned errors; /* since the last good command */
	unsigned idle;   /* commands without mail since the last message */
	uint64_t
	    stored_reply_end; /* octets of output up to the last REPLY_STORED */
	char host[STARTUP_HOST_MAX];
	struct wire wire;
	struct recipients recipients;
	struct envelope envelope;
	struct message message;
	struct spool spool;
	struct delivery delivery;
};

/* Opens what the options say, and shuts the process in.  -1: no mail can be
 * taken; the client and the operator have been told. */
int session_open(struct session *s);

/* Learns from a PROXY header who the client is, if one has to come; without a
 * good one the session is over. */
void session_read_proxy(struct session *s);

/* The refusal of a message that could not be stored: ERROR is an errno. */
struct reply session_storage_fault(int error);

/* Queues a reply, unless it is REPLY_NONE; a refusal is logged. */
void session_reply(struct session *s, struct reply r);

/* The reply to a command, and the limits on what leads nowhere. */
void session_reply_and_count(struct session *s, struct reply r);

/* Begins a message for the recipients of the envelope: the spool holds its
 * trace, which is what this session knows of it.  -1: errno says why it cannot
 * be stored. */
int session_begin_message(struct session *s);

/* The session is over, and its last word is said.  Returns REPLY_NONE: nothing
 * is left to say to the command that led to it. */
struct reply session_end(struct session *s, enum ending end);

/* The same; REASON, or NULL, is what the log says of the last word. */
struct reply session_end_because(struct session *s, enum ending end,
    const char *reason);

/* The same when the connection gives no more, as WHY says. */
struct reply session_end_of_wire(struct session *s, enum wire_result why);

/* The process becomes the helper for TLS.  If it cannot, the exit code. */
int session_exec_tls(const struct session *s);

/* The last replies go out, and the operator is told.  Returns the exit code. */
int session_close(struct session *s);

#endif
