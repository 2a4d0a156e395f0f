/* sessionlog - log lines of a session
 *
 * One line for each recipient of a stored message, one for each refusal with
 * its exact reply and its reason, and one at the end of the session. */
#ifndef SESSIONLOG_H
#define SESSIONLOG_H

#include "smtp/peer.h"

struct envelope;
struct envelope_rcpt;
struct reply;
struct spool;

enum {
	SESSIONLOG_CLIENT_MAX = 255, /* octets kept of the client's name */
	SESSIONLOG_USER_MAX = 255,   /* octets kept of the user of AUTH */
	SESSIONLOG_SAID_MAX = 300,   /* octets kept of a command */
	SESSIONLOG_LINES_MAX = 100,  /* refusals logged in a session */
	SESSIONLOG_RCPTS_MAX = 100,  /* recipients logged of a message */
};

struct sessionlog {
	struct peer peer;
	int64_t start; /* as of os_monotonic_ms() */
	uint64_t commands, mails, stored, refused;

	/* The current command. */
	const struct span *from;         /* of its transaction, or NULL */
	const struct envelope_rcpt *to;  /* of the current reply, or NULL */
	const struct envelope *envelope; /* of the message, once it is stored */
	const struct spool *spool;
	size_t accepted, discarded; /* recipients of the message */
	bool secret;                /* it may hold a password */
	bool tried_auth; /* an unknown line may be a user name or a password */
	size_t said_n;
	char said[SESSIONLOG_SAID_MAX];

	size_t client_n;
	char client[SESSIONLOG_CLIENT_MAX];

	size_t user_n;
	char user[SESSIONLOG_USER_MAX];
};

/* Starts the record: sets the start time, and the peer from the environment. */
void sessionlog_start(struct sessionlog *r);

/* Copies the client's name from HELO, EHLO or LHLO, truncated to
 * SESSIONLOG_CLIENT_MAX octets; sessionlog_client() returns it, valid until it
 * is set again. */
void sessionlog_set_client(struct sessionlog *r, struct span name);
struct span sessionlog_client(const struct sessionlog *r);

/* Copies the name of the user after AUTH, truncated to SESSIONLOG_USER_MAX
 * octets. */
void sessionlog_set_user(struct sessionlog *r, struct span name);

/* sessionlog_command() records the command in LINE for the log line of a
 * refusal; KNOWN says whether its verb is known.  sessionlog_command_end()
 * clears it, and logs how many recipients of the message have no line.  Of AUTH
 * only the mechanism is kept, and nothing of unknown lines after it in the
 * session: a client that misses a reply sends its password late (RFC 4954 4).
 * Of an unknown line of HTTP, or of a header, only the start is kept.  FROM is
 * the sender of the transaction that the next command is in, or NULL; it must
 * live until the end of that command. */
void sessionlog_command(struct sessionlog *r, struct span line, bool known);
void sessionlog_command_end(struct sessionlog *r, const struct span *from);

/* sessionlog_refusal() logs the refusal REPLY, sent as LINE, with the names of
 * the client and of the sender, if they are known.  After SESSIONLOG_LINES_MAX
 * refusals it only counts, so that a client cannot flood the log.
 * sessionlog_stored() logs the message in S, stored or discarded for E, and its
 * reply, which is empty if none is sent, for each of the first
 * SESSIONLOG_RCPTS_MAX recipients.  E and S must live until
 * sessionlog_command_end(). */
void sessionlog_refusal(struct sessionlog *r, const struct reply *reply,
    struct span line);
void sessionlog_stored(struct sessionlog *r, const struct envelope *e,
    const struct spool *s, struct span reply);

/* Says that the next reply is for the recipient TO only, as in LMTP.  TO must
 * live until sessionlog_command_end(). */
void sessionlog_one(struct sessionlog *r, const struct envelope_rcpt *to);

/* Logs the end of the session.  MANNER names the kind of end; OCTETS were read;
 * ERROR is the errno of a broken connection, or 0; UNHEARD is the id of a
 * stored message whose reply was not sent, or NULL. */
struct sessionlog_end {
	const char *manner;
	uint64_t octets;
	int error;
	const char *unheard;
};
void sessionlog_end(struct sessionlog *r, const struct sessionlog_end *end);

#endif
