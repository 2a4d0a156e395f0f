/* reply - the words for the client
 *
 * All of them stand in the one table in reply.c, but for what HELP quotes from
 * the command table.  Enhanced codes (RFC 3463) stand behind the code after
 * EHLO only, and never in 3yz, the greeting and the answers to HELO and EHLO
 * (RFC 2034 4). */
#ifndef REPLY_H
#define REPLY_H

#include "base/span.h"

struct wire;

enum {
	REPLY_MAX = 512, /* octets of a line with CRLF, RFC 5321 4.5.3.1.5 */
	REPLY_PATH_MAX = 400, /* of a path that a reply repeats */
};

enum reply_id {
	REPLY_NONE, /* nothing is sent: there is nobody to hear it */
	REPLY_GREETING,
	REPLY_GREETING_LMTP,
	REPLY_HELO,
	REPLY_QUIT,
	REPLY_GO_TLS,
	REPLY_OK,
	REPLY_SENDER_OK,
	REPLY_RCPT_OK,
	REPLY_GO_AHEAD,
	REPLY_STORED,
	REPLY_WILL_TRY,

	REPLY_NO_SERVICE, /* instead of the greeting */
	REPLY_NON_SMTP,
	REPLY_TIMEOUT,
	REPLY_TERMINATED,
	REPLY_TOO_MANY_ERRORS,
	REPLY_TOO_MANY_COMMANDS,
	REPLY_LAB_REFUSED,

	REPLY_UNKNOWN,
	REPLY_NOT_HERE,
	REPLY_BAD_OCTET,
	REPLY_BARE_LF,
	REPLY_TOO_LONG,
	REPLY_BAD_ARGUMENT,
	REPLY_BAD_SENDER,
	REPLY_BAD_RCPT,
	REPLY_UTF8_SENDER,
	REPLY_UTF8_RCPT,
	REPLY_BAD_PARAM,
	REPLY_UNKNOWN_PARAM,
	REPLY_OUT_OF_ORDER,
	REPLY_TLS_IS_ON,
	REPLY_NO_TLS,
	REPLY_INJECTED,
	REPLY_NO_VALID_RCPT,
	REPLY_NO_USER,
	REPLY_MAILBOX_TROUBLE,
	REPLY_TOO_MANY_RCPT,

	REPLY_TOO_BIG,
	REPLY_NO_ROOM,
	REPLY_OVER_QUOTA,
	REPLY_STORAGE_TROUBLE,
	REPLY_BARE_CR_OR_LF,
	REPLY_LOOP,
	REPLY_COMMAND_REFUSES,
	REPLY_COMMAND_FAILS,
	REPLY_LISTED, /* in the words of users.txt */
	REPLY_COUNT
};

/* One answer, with all that the log says of it.  DETAIL is what reply_send()
 * takes; REASON is what the reply does not tell the client, or NULL, and lives
 * as long as the program or until the next command. */
struct reply {
	enum reply_id id;
	struct span detail;
	const char *reason;
	int error;           /* errno, or 0 */
	int status;          /* of a command that failed, or 0 */
	bool is_local_fault; /* ours, not the client's */
};

static inline struct reply
reply(enum reply_id id)
{
	return (struct reply){ .id = id };
}

static inline struct reply
reply_about(enum reply_id id, struct span detail)
{
	return (struct reply){ .id = id, .detail = detail };
}

static inline struct reply
reply_because(enum reply_id id, const char *reason)
{
	return (struct reply){ .id = id, .reason = reason };
}

static inline struct reply
reply_fault(enum reply_id id, const char *reason, int error)
{
	return (struct reply){ .id = id,
		.reason = reason,
		.error = error,
		.is_local_fault = true };
}

/* How this session speaks, and to whom. */
struct voice {
	struct wire *wire;
	struct span host;
	bool enhanced;
};

/* Queues reply ID.  DETAIL is the path, without brackets, for the two that
 * repeat the client's: it is left out when it is NULL, too long, or not
 * printable; for REPLY_LISTED it is code, enhanced code and words.  Returns the
 * line without CRLF, which stands in LINE. */
struct span reply_send(const struct voice *v, enum reply_id id,
    struct span detail, char line[static REPLY_MAX]);

/* Does it say no (4yz or 5yz)? */
bool reply_is_refusal(enum reply_id id);

/* Queues the answer to EHLO (RFC 5321 4.1.1.1): what is offered, with the most
 * octets of a message (0: no limit), the most recipients, and whether STARTTLS
 * is offered. */
void reply_ehlo(const struct voice *v, uint64_t size, uint64_t recipients,
    bool starttls);

/* Queues the answer to HELP, in these words. */
void reply_help(const struct voice *v, struct span words);

#endif
