/* reply - replies to the client
 *
 * The table in reply.c contains all replies except the answer to EHLO, the
 * syntax that HELP takes from the command table, and refusals of users.txt.
 * Enhanced codes (RFC 3463) follow the code only after EHLO, and never in 3yz
 * replies, the greeting and the answers to HELO and EHLO (RFC 2034 4). */
#ifndef REPLY_H
#define REPLY_H

#include "base/span.h"

struct text;

enum {
	REPLY_MAX = 512, /* octets of a line with CRLF, RFC 5321 4.5.3.1.5 */
	REPLY_EHLO_MAX = 1024, /* octets of the answer to EHLO */
	REPLY_PATH_MAX = 400,  /* octets of a path that a reply repeats */
};

enum reply_id {
	REPLY_NONE, /* nothing is sent */
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
	REPLY_AUTHENTICATED,
	REPLY_CHALLENGE, /* DETAIL: the challenge, in base64 */

	REPLY_NO_SERVICE, /* instead of the greeting */
	REPLY_NON_SMTP,
	REPLY_TIMEOUT,
	REPLY_TERMINATED,
	REPLY_TOO_MANY_ERRORS,
	REPLY_TOO_MANY_COMMANDS,
	REPLY_LAB_REFUSED,

	REPLY_UNKNOWN,
	REPLY_USE_EHLO,
	REPLY_USE_LHLO,
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
	REPLY_OUT_OF_ORDER_LMTP,
	REPLY_AUTH_TOO_LONG,
	REPLY_AUTH_CANCELLED,
	REPLY_BAD_BASE64,
	REPLY_BAD_MECHANISM,
	REPLY_AUTH_TWICE,
	REPLY_AUTH_FAILED,
	REPLY_AUTH_UNKNOWN, /* the program of --auth failed */
	REPLY_AUTH_NEEDS_TLS,
	REPLY_NEEDS_TLS,
	REPLY_NEEDS_USER,
	REPLY_TLS_IS_ON,
	REPLY_NO_TLS,
	REPLY_INJECTED,
	REPLY_NO_VALID_RCPT,
	REPLY_NO_USER,
	REPLY_MAILBOX_FAILURE,
	REPLY_TOO_MANY_RCPT,

	REPLY_TOO_BIG,
	REPLY_NO_ROOM,
	REPLY_OVER_QUOTA,
	REPLY_STORAGE_FAILURE,
	REPLY_BARE_CR_OR_LF,
	REPLY_LOOP,
	REPLY_COMMAND_REFUSES,
	REPLY_COMMAND_FAILS,
	REPLY_FILTER_REFUSES,
	REPLY_LISTED, /* the text is from users.txt */
	REPLY_COUNT
};

/* One reply, with the details for the log.  For the two replies that repeat a
 * path, DETAIL is the path without brackets; it is omitted if it is NULL, over
 * REPLY_PATH_MAX octets or not printable.  For REPLY_STORED, DETAIL is the id
 * of the message.  For REPLY_LISTED, DETAIL is code, enhanced code and text.
 * REASON is for the log only, or NULL if that of its ID is enough, see
 * sessionlog.c; it is valid until the next command, or static. */
struct reply {
	enum reply_id id;
	struct span detail;
	const char *reason;
	int error;           /* errno, or 0 */
	int status;          /* exit status of a failed command, or 0 */
	bool is_local_fault; /* not the client's fault */
	bool is_lookup;      /* for the address of a well-formed RCPT */
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

/* Appends reply R to LINE, without CRLF.  HOST is the name of this host;
 * ENHANCED: with the enhanced code.  LINE needs REPLY_MAX - 2 octets of
 * room. */
void reply_write(struct text *line, const struct reply *r, struct span host,
    bool enhanced);

/* True if reply ID is a refusal (4yz or 5yz). */
bool reply_is_refusal(enum reply_id id);

/* True if the session ends after the refusal WORDS of users.txt, which start
 * with its code: 421. */
bool reply_words_end_session(struct span words);

/* True if R is a permanent refusal (5yz). */
bool reply_is_permanent(const struct reply *r);

/* What the answer to EHLO lists besides the fixed extensions. */
struct reply_extensions {
	uint64_t size;       /* maximum octets of a message, 0: no limit */
	uint64_t recipients; /* maximum number of recipients */
	bool auth, starttls;
};

/* Appends the answer to EHLO (RFC 5321 4.1.1.1), with the CRLF of all lines but
 * the last, to LINES, which needs REPLY_EHLO_MAX octets of room. */
void reply_write_ehlo(struct text *lines, struct span host,
    const struct reply_extensions *x);

/* Appends the answer to HELP (214) with the text WORDS, without CRLF. */
void reply_write_help(struct text *line, struct span words, bool enhanced);

#endif
