/* runner - has a command of users.txt run by the monitor
 *
 * A session cannot execute anything.  It asks the monitor (monitor/request.h),
 * which finds the message in the exchange, and judges how the command ended. */
#ifndef RUNNER_H
#define RUNNER_H

#include "monitor/request.h"

struct envelope;
struct envelope_command;
struct spool;

enum runner_result {
	RUNNER_DONE,
	RUNNER_REFUSES, /* permanently: exit 65, 67, 69, 76, 77 or 100 */
	RUNNER_FAILS,   /* any other exit or signal, or a timeout */
};

/* What a command gets besides its line. */
struct runner_input {
	struct span sender;
	struct span id;       /* of the message */
	uint64_t size;        /* octets of the message, as stored */
	size_t rcpts;         /* RCPTs that can get a reply */
	uint64_t envelope;    /* of a `||` command: offset in the exchange */
	uint64_t envelope_n;  /* its octets */
	struct span helo;     /* the client's name */
	struct span protocol; /* as in Received */
};

struct runner_outcome {
	enum runner_result result;
	int status; /* exit code, or 128 plus the signal; 0 if it did not run */
	int error;  /* errno if it could not be run, or 0 */
	char words[ACTION_WORDS_MAX + 1]; /* a refusal in its words, or empty */
};

/* Puts the envelope of the `||` command I of E in the exchange, after the
 * message in S, as qmail-queue(8) has it: `F` sender NUL, `T` recipient NUL
 * ..., NUL.  It names no recipient after the first IN->rcpts.  Its place is in
 * *IN.  -1: failure, with errno. */
int runner_put_envelope(const struct envelope *e, struct spool *s, size_t i,
    struct runner_input *in);

/* The same with all recipients that get the message, for the filter. */
int runner_put_all(const struct envelope *e, struct spool *s,
    struct runner_input *in);

/* Runs the filter with INPUT, as runner_run() does.  *RET_SIZE is the number of
 * octets that it printed, which are in the exchange if it exited with 0. */
void runner_filter(struct requests *r, const struct runner_input *input,
    int64_t deadline, struct runner_outcome *ret, uint64_t *ret_size);

/* Runs COMMAND with INPUT through R and waits for it, at most until DEADLINE
 * (os_monotonic_ms()), when it is killed. */
void runner_run(struct requests *r, const struct envelope_command *command,
    const struct runner_input *input, int64_t deadline,
    struct runner_outcome *ret);

#endif
