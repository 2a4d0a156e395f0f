/* Runs a program and waits for all that it started.  See job.h. */
#include "monitor/job.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/file.h"
#include "base/os.h"

enum {
	KILL_PATIENCE = 5000, /* ms until killed processes are not waited for */
	KILL_PAUSE = 10,      /* ms until it is tried again */
};

/* Waits for children without blocking; keeps the status of PID.  False: no
 * child is left. */
static bool
reap(struct job *j, pid_t pid)
{
	int s;
	pid_t ended;

	do {
		ended = waitpid(-1, &s, WNOHANG);
		if (ended == pid)
			j->status = process_status(s);
	} while (ended > 0);
	return ended == 0;
}

static bool
must_end(const struct job *j)
{
	return os_monotonic_ms() >= j->deadline || os_take_sigterm() ||
	    j->out.error;
}

/* Waits until all children have ended, and takes their output.  False: they
 * must be killed. */
static bool
wait_for_all(struct job *j, pid_t pid)
{
	struct pollfd p[2];

	while (reap(j, pid)) {
		p[0] = (struct pollfd){ j->out.fd, POLLIN, 0 };
		p[1] = (struct pollfd){ j->err.fd, POLLIN, 0 };
		os_pause(p, 2, j->deadline);
		if (p[0].revents)
			output_take(&j->out);
		if (p[1].revents)
			output_take(&j->err);
		if (must_end(j))
			return !reap(j, pid);
	}
	return true;
}

static void
kill_all(struct job *j, pid_t pid)
{
	int64_t now = os_monotonic_ms(), end = now + KILL_PATIENCE;

	kill(-pid, SIGKILL);
	for (; now < end; now = os_monotonic_ms()) {
		children_kill();
		if (!reap(j, pid))
			break;
		os_pause(NULL, 0, now + KILL_PAUSE);
	}
	j->status = 128 + SIGKILL;
}

/* Runs in the child.  It ends with the process that waits for it. */
static int
run_program(void *of)
{
	struct job *j = of;

	return children_end_with(j->parent, SIGKILL) ? j->run(j->of)
	                                             : EX_TEMPFAIL;
}

/* Starts the program with its output in two pipes.  On failure this process
 * ends, and closes them. */
static pid_t
start(struct job *j)
{
	int out = -1, err = -1;
	pid_t pid = -1;

	j->parent = getpid();
	j->run = j->process.run;
	j->of = j->process.of;
	j->process.run = run_program;
	j->process.of = j;
	j->process.own_group = true;
	if (process_pipe(&out, &j->process.fd[1]) == 0 &&
	    process_pipe(&err, &j->process.fd[2]) == 0)
		pid = process_start(&j->process);
	output_begin(&j->out, out, j->id);
	output_begin(&j->err, err, j->id);
	output_keep(&j->out, j->file, j->file_max);
	if (pid > 0) {
		file_close(j->process.fd[1]);
		file_close(j->process.fd[2]);
	}
	return pid;
}

int
job_run(struct job *j)
{
	pid_t pid;

	children_adopt();
	j->status = EX_TEMPFAIL;
	pid = start(j);
	if (pid < 0)
		return -1;
	if (!wait_for_all(j, pid))
		kill_all(j, pid);
	output_end(&j->out);
	output_end(&j->err);
	return 0;
}
