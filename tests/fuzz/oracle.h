/* oracle - checks what a session may reply and store, for any input
 *
 * An independent, simple model of the protocol, which sees only the wire and
 * the stored mail. */
#ifndef JUDGE_H
#define JUDGE_H

#include "fuzz.h"

enum {
	JUDGE_EXCHANGES_MAX = 1 << 16, /* in one session */
	JUDGE_MESSAGES_MAX = 4096,
	JUDGE_INPUT_MAX = 80 << 10,
	JUDGE_OUTPUT_MAX = 1 << 23,
};

/* Octets received up to a reply, and that reply.  The input is read octet by
 * octet, and replies are sent before more is read, so `in` is one command with
 * its data, or one message. */
struct exchange {
	struct span in, out;
};

/* A complete message that was passed to delivery_run(). */
struct delivered {
	size_t at;       /* offset of its end in the input */
	uint64_t q;      /* the number in its file name */
	size_t rcpts;    /* in the envelope */
	size_t accepted; /* replies that must be 250 */
	size_t logged;   /* lines `accepted` of the log */
	bool may_end;    /* the session may end instead of a reply */
	size_t files;    /* number of Maildirs that must have it */
	size_t found;    /* number of Maildirs that have it */
	bool known;      /* `boxes` is exact */
	unsigned boxes;  /* the Maildirs that must have it, one bit each */
	unsigned holds;  /* the Maildirs that have it, one bit each */
	struct span body;
};

/* The Maildirs named in the users file of fuzz_session. */
enum box {
	BOX_ALL,
	BOX_A,
	BOX_ALBIN,
	BOX_C,
	BOX_HELLO,
	BOX_SLOW,
	BOX_GRA,
	BOX_DUP
};

struct manner {
	bool lmtp, lab, lf, faults, proxy;
	uint64_t size;
};

/* One session, as seen from outside. */
struct seen {
	struct span in; /* the input */
	size_t at;      /* octets of it that were read */
	size_t out_n;
	size_t exchanges, messages, log_accepted;
	int exit_code;
	struct exchange exchange[JUDGE_EXCHANGES_MAX];
	struct delivered message[JUDGE_MESSAGES_MAX];
	char out[JUDGE_OUTPUT_MAX];
};

/* Checks each exchange against the state left by the ones before it, and stores
 * the body of each delivered message in BODIES, which must have room for the
 * whole input. */
void judge_session(struct seen *s, const struct manner *m, char *bodies);

#endif
