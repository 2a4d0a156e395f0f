/* work - runs a program for a request, in a process of its own
 *
 * That process starts the program, waits for all that it started, and gives the
 * answer to the monitor, which meanwhile watches the session. */
#ifndef WORK_H
#define WORK_H

#include "monitor/state.h"

struct work {
	struct monitor *m;
	/* Runs in the process, with OF; the answer in *RET is all zero before.
	 * It must end soon after `deadline`, and at SIGTERM. */
	void (*run)(struct work *w, struct answer *ret);
	const void *of;
	int64_t deadline; /* as in os_monotonic_ms() */

	pid_t parent; /* these two are set by work_run() */
	int to;
};

/* Does W and stores its answer in *RET. */
void work_run(struct work *w, struct answer *ret);

#endif
