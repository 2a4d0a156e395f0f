/* Reports how sessions are confined.  See confinement.h. */
#include "check/confinement.h"

#include <unistd.h>

#include "base/os.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/seccomp.h"
#include "check/report.h"
#include "cli/options.h"
#include "monitor/monitor.h"
#include "session/startup.h"

enum {
	PATIENCE = 5000, /* ms */
	LIMITED = 1,     /* exit codes */
	NOT_LIMITED = 2,
};

static const struct span nothing = { "", 0 };

/* Runs in a child, which cannot leave the list again.  getppid() is not on the
 * list. */
static int
try_list(void *of)
{
	(void)of;
	return seccomp_enter() == 0 && getppid() < 0 ? LIMITED : NOT_LIMITED;
}

static bool
has_list(void)
{
	struct process process = { .fd = { 0, 1, 2, -1 }, .run = try_list };
	pid_t pid = process_start(&process);
	int status = -1;

	if (pid < 0)
		return false;
	if (!process_wait(pid, os_monotonic_ms() + PATIENCE, &status))
		process_kill(pid, false);
	return status == LIMITED;
}

static const char *
monitor_verdict(const struct options *o)
{
	if (!monitor_is_needed(o))
		return "not needed, because nothing is executed";
	if (monitor_runs_programs(o))
		return "executes for sessions; its programs are not sandboxed";
	return "executes the TLS helper for sessions";
}

unsigned
confinement_report(const struct options *o, int mail)
{
	const char *path, *why = startup_check_paths(o, mail, &path);
	bool confined = sandbox_enter(mail, o->mail,
	                    o->tls ? SANDBOX_READ_ONLY : SANDBOX_STRICT) == 0;

	report("sandbox", 0, nothing,
	    confined
	        ? "Landlock; writing is allowed only below the mail directory"
	        : "none, this system has no Landlock of ABI 2 or later; run it"
	          " in a sandbox");
	report("seccomp", 0, nothing,
	    has_list() ? "sessions are limited to a list of system calls"
	               : "none on this system");
	report("monitor", 0, nothing, monitor_verdict(o));
	if (!why)
		return 0;
	report(path, 0, nothing, why);
	return 1;
}
