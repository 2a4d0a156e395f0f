/* judge - what a session may answer and store, whatever a client sends
 *
 * It knows the protocol by the wire alone and is as simple as can be: it is the
 * second opinion on what the program did. */
#ifndef JUDGE_H
#define JUDGE_H

#include "fuzz.h"

enum {
	JUDGE_EXCHANGES_MAX = 1 << 16, /* with a reply, in one session */
	JUDGE_MESSAGES_MAX = 4096,
	JUDGE_INPUT_MAX = 80 << 10,
	JUDGE_OUTPUT_MAX = 1 << 23,
};

/* Octets that came, up to a reply, and that reply.  The input came octet by
 * octet, and replies are sent before more is read: so it is one command with
 * what belongs to it, or one message. */
struct exchange {
	struct span in, out;
};

/* A message that came to its end and was given to delivery_run(). */
struct delivered {
	size_t at;       /* octets of input up to its end */
	uint64_t q;      /* the number in its name */
	size_t rcpts;    /* in the envelope */
	size_t accepted; /* answers that are to be 250 */
	size_t files;    /* Maildirs that are to have it */
	size_t found;    /* and those that do */
	bool known;      /* for recipients that are plain to read: */
	unsigned boxes;  /* the Maildirs that are to have it, a bit each */
	unsigned holds;  /* and those that do */
	struct span body;
};

/* The Maildirs that fuzz_session's users file leads to. */
enum box { BOX_ALL, BOX_A, BOX_ALBIN, BOX_C, BOX_HELLO, BOX_SLOW, BOX_GRA };

struct manner {
	bool lmtp, lab, lf, faults, proxy;
	uint64_t size;
};

/* One session, as it was seen from outside. */
struct seen {
	struct span in; /* what it could read */
	size_t at;      /* how much of that it did read */
	size_t out_n;
	size_t exchanges, messages, log_accepted;
	int exit_code;
	struct exchange exchange[JUDGE_EXCHANGES_MAX];
	struct delivered message[JUDGE_MESSAGES_MAX];
	char out[JUDGE_OUTPUT_MAX];
};

/* Holds each exchange against the other and against the contract, and finds the
 * body of each message that was delivered, in BODIES, which has room for all of
 * the input. */
void judge_session(struct seen *s, const struct manner *m, char *bodies);

#endif
