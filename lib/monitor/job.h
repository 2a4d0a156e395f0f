/* job - runs a program and waits until all that it started has ended
 *
 * Its standard error is logged, and its standard output is logged or kept in a
 * file.  The caller is a process of its own: it becomes the parent of all that
 * the program leaves behind, and may have no other child. */
#ifndef JOB_H
#define JOB_H

#include "base/process.h"
#include "monitor/output.h"

struct job {
	struct process process; /* fd[1] and fd[2] are set by job_run() */
	struct span id;         /* of the message, for the log; may be empty */
	int64_t deadline;       /* as in os_monotonic_ms() */
	int file;               /* for standard output, or -1: it is logged */
	uint64_t file_max;      /* octets; one that writes more is killed */

	/* These are set by job_run(). */
	int (*run)(void *of);
	void *of;
	pid_t parent;
	int status; /* exit code, or 128 plus a signal: SIGKILL if killed */
	struct output out, err;
};

/* Runs J and waits for it.  At the deadline, and at SIGTERM, all is killed.
 * Returns 0 with the results in *J, or -1 with errno: it cannot be started. */
int job_run(struct job *j);

#endif
