/* request - what a session asks its monitor to do
 *
 * A session parses what clients send, and cannot execute anything.  Where
 * commands or TLS are configured, it has a monitor (monitor.h), a process that
 * executes for it.  The session writes one struct request to a pipe and reads
 * one struct answer from another.  A message for a command goes through the
 * exchange, a file that both have open: the session only appends to it, and the
 * monitor only reads and empties it. */
#ifndef REQUEST_H
#define REQUEST_H

#include "cli/options.h"
#include "smtp/path.h"
#include "smtp/peer.h"
#include "users/action.h"
#include "users/userfile.h"

enum {
	REQUEST_NAME_MAX = 255, /* octets of the client's name and the like */
	REQUEST_ID_MAX = 96,    /* octets of the id of a message, with NUL */
	/* The checkpassword interface has 512 octets for both. */
	REQUEST_USER_MAX = 255,
	REQUEST_PASSWORD_MAX = 252,
	REQUEST_AUTH_MAX = 5,      /* failures of a session */
	REQUEST_AUTH_TIME = 30000, /* ms for the program */
};

enum request_kind {
	REQUEST_PEER = 1, /* the client behind a proxy; no answer */
	REQUEST_RUN,      /* run the command of a line of users.txt */
	REQUEST_CLEAR,    /* empty the exchange */
	REQUEST_TLS,      /* execute the TLS helper after my end; no answer */
	REQUEST_FILTER,   /* run the filter */
	REQUEST_AUTH,     /* check a password */
	REQUEST_POLICY,   /* start a policy */
};

/* All strings end with NUL within their arrays and have no control octets. */
struct request {
	uint64_t kind;

	/* PEER */
	uint64_t port;
	char address[PEER_ADDRESS_MAX];

	/* AUTH */
	char user[REQUEST_USER_MAX + 1];
	char
	    password[REQUEST_PASSWORD_MAX + 1]; /* may hold any octet but NUL */

	/* POLICY */
	uint64_t policy; /* its index */

	/* RUN, and FILTER without a line: the line at this offset of
	 * users.txt, for the address RECIPIENT, gets the first `size` octets of
	 * the exchange.  A `||` line and the filter get an envelope, too. */
	uint64_t line;
	uint64_t size;
	uint64_t envelope, envelope_n; /* offset and octets in the exchange */
	uint64_t ms;                   /* time limit */
	char id[REQUEST_ID_MAX];
	char helo[REQUEST_NAME_MAX + 1];
	char protocol[REQUEST_NAME_MAX + 1];
	char sender[PATH_MAX_OCTETS + 1];
	char recipient[USERFILE_LINE_MAX + 1]; /* as listed */
	char local[USERFILE_LINE_MAX + 1];
	char extension[USERFILE_LINE_MAX + 1];
	char domain[USERFILE_LINE_MAX + 1];
};

struct answer {
	int64_t error;  /* errno if it was not done, or 0 */
	int64_t status; /* exit code of the command, or 128 plus a signal */
	uint64_t size;  /* octets that a filter printed, in the exchange */
	char words[ACTION_WORDS_MAX + 1]; /* its last line of standard error */
};

/* The session's side; -1: there is no monitor. */
struct requests {
	int to, from; /* pipes */
	int exchange; /* or -1 */
	bool failed;  /* once: what comes from the pipe answers another one */
	struct {
		int to, from; /* pipes of a policy */
	} policy[OPTIONS_POLICIES_MAX];
};

/* Returns whether a request of KIND has an answer. */
bool request_has_answer(uint64_t kind);

/* Reads a whole answer from the pipe FROM, at most until DEADLINE
 * (os_monotonic_ms()); SIGTERM does not interrupt it.  -1: failure, with errno;
 * EPIPE: the other end was closed. */
int request_read_answer(int from, int64_t deadline, struct answer *ret);

/* Copies TEXT to BUFFER of N octets, truncated if it is too long. */
void request_text(char *buffer, size_t n, struct span text);

/* Sends Q and, if it has an answer, waits for it: for a command as long as
 * q->ms and some seconds.  Returns 0 with the answer in *RET, or -1 with errno:
 * the monitor has ended, or does not answer, and every later request fails. */
int request_send(struct requests *r, const struct request *q,
    struct answer *ret);

#endif
