/* All processes that a process started.  See children.h. */
#define _GNU_SOURCE
#include "base/children.h"

#include <signal.h>
#include <unistd.h>

#ifdef __linux__
#include <fcntl.h>
#include <sys/prctl.h>

#include "base/fds.h"
#include "base/file.h"
#include "base/text.h"

enum { STAT_MAX = 512 }; /* octets of /proc/PID/stat up to the parent */

void
children_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

bool
children_end_with(pid_t parent, int sig)
{
	prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0);
	return getppid() == parent; /* it may have ended before */
}

/* Returns the parent of the process NAME, a directory of PROC, or 0.  Its stat
 * is `PID (NAME) STATE PARENT ...`; the name may hold any octets. */
static uint64_t
parent_of(int proc, const char *name)
{
	char path[64], octets[STAT_MAX];
	struct text t = text_in(path, sizeof(path));
	struct span rest = { octets, 0 };
	ssize_t n = -1, at;
	uint64_t parent;
	int fd;

	text_add(&t, name);
	text_add(&t, "/stat");
	fd = text_end(&t) ? file_open(proc, path, O_RDONLY) : -1;
	if (fd >= 0) {
		n = file_read_at(fd, octets, sizeof(octets), 0);
		close(fd);
	}
	for (at = n; at > 0 && octets[at - 1] != ')'; at--)
		;
	if (at <= 0)
		return 0;
	rest.n = (size_t)n;
	span_take_n(&rest, (size_t)at + sizeof(" S ") - 1);
	return span_number(span_take_until(&rest, ' '), &parent) ? parent : 0;
}

/* The number of a child is not used again before this process waited for it. */
void
children_kill(void)
{
	struct fds_names names = { .fd = file_open(AT_FDCWD, "/proc",
		                       O_RDONLY | O_DIRECTORY) };
	const char *name;
	uint64_t pid;

	if (names.fd < 0)
		return;
	for (name = fds_next_name(&names); name; name = fds_next_name(&names))
		if (span_number(span_of(name), &pid) &&
		    parent_of(names.fd, name) == (uint64_t)getpid())
			kill((pid_t)pid, SIGKILL);
	close(names.fd);
}
#else
void
children_adopt(void)
{
}

void
children_kill(void)
{
}

bool
children_end_with(pid_t parent, int sig)
{
	(void)sig;
	return getppid() == parent;
}
#endif
