/* Runs a program for a request.  See work.h. */
#include "monitor/work.h"

#include <errno.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/file.h"
#include "base/os.h"
#include "base/process.h"

enum { PATIENCE = 10000 }; /* ms after the deadline */

static int
run(void *of)
{
	struct work *w = of;
	struct answer answer = { 0 };

	os_set_pid(w->parent);
	close(w->m->from);
	close(w->m->to);
	if (!children_end_with(w->parent, SIGTERM))
		return EX_TEMPFAIL;
	w->run(w, &answer);
	return file_write_all(w->to, (const char *)&answer, sizeof(answer)) < 0
	    ? EX_OSERR
	    : EX_OK;
}

/* Waits for the process PID.  It ends by itself, or by SIGTERM if the session
 * ends before it, and is killed only if it does neither. */
static void
wait_for(struct work *w, pid_t pid)
{
	int64_t end = w->deadline + PATIENCE;
	int status;
	bool told = false;

	while (!process_wait(pid, 0, &status)) {
		if (os_monotonic_ms() >= end) {
			process_kill(pid, false);
			return;
		}
		os_pause(NULL, 0, end);
		state_pass_sigterm(w->m);
		if (!told && state_has_ended(w->m)) {
			kill(pid, SIGTERM);
			told = true;
		}
	}
}

void
work_run(struct work *w, struct answer *ret)
{
	struct process process = { .fd = { -1, -1, STDERR_FILENO, -1 },
		.run = run,
		.of = w };
	pid_t pid;
	int from;

	w->parent = getpid();
	if (process_pipe(&from, &w->to) < 0) {
		ret->error = errno;
		return;
	}
	pid = process_start(&process);
	ret->error = errno;
	close(w->to);
	if (pid > 0) {
		wait_for(w, pid);
		/* It has ended, unless it could not be killed. */
		if (request_read_answer(from, 0, ret) < 0)
			*ret = (struct answer){ .error = EIO };
	}
	close(from);
}
