/* filtering - passes a message through the program of --filter
 *
 * The monitor runs it on the copy of the message in the exchange.  What the
 * program prints is the message from then on, if it still has our Received line
 * and a body that is not shorter. */
#ifndef FILTERING_H
#define FILTERING_H

#include "store/runner.h"

enum {
	FILTERING_HEAD = 64 * 1024, /* where our Received line must be */
};

enum filtering_result {
	FILTERING_PASSED,  /* the message in the spool is the result */
	FILTERING_DROPPED, /* accept it and store it nowhere: exit 99 */
	FILTERING_REFUSED, /* permanently: see `words` of the outcome */
	FILTERING_FAILED,  /* see `error`, `status` and `words` */
};

/* Runs the filter for the message in S and the recipients of E, with the values
 * in IN, at most until DEADLINE (os_monotonic_ms()).  *RET_REASON says why the
 * output cannot be used, or is NULL. */
enum filtering_result filtering_run(const struct envelope *e, struct spool *s,
    const struct runner_input *in, int64_t deadline, struct runner_outcome *ret,
    const char **ret_reason);

#endif
