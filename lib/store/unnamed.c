/* Files without a name.  See unnamed.h. */
#define _GNU_SOURCE
#include "store/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

/* The name under which a process finds its own descriptor.  An ordinary user
 * cannot link an unnamed file in any other way (AT_EMPTY_PATH needs a
 * capability up to Linux 6.9). */
static const char *
proc_name(int fd, char name[static 32])
{
	struct text t = text_in(name, 32); /* room for any int */

	text_add(&t, "/proc/self/fd/");
	text_number(&t, (uint64_t)fd, 0);
	return text_end(&t);
}

#ifdef O_TMPFILE
int
unnamed_open(int dir, const char *path)
{
	char name[32];
	int fd;

	do
		fd = openat(dir, path, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -1;
	if (access(proc_name(fd, name), F_OK) == 0)
		return fd;
	close(fd);
	errno = EOPNOTSUPP; /* no /proc, so no way to name it later */
	return -1;
}
#else
int
unnamed_open(int dir, const char *path)
{
	(void)dir;
	(void)path;
	errno = EOPNOTSUPP;
	return -1;
}
#endif

int
unnamed_link(int fd, int dir, const char *to)
{
	char name[32];
	int failed;

	proc_name(fd, name);
	do
		failed = linkat(AT_FDCWD, name, dir, to, AT_SYMLINK_FOLLOW);
	while (failed && errno == EINTR);
	return failed;
}

int
unnamed_reopen(int fd)
{
	char name[32];
	int again;

	proc_name(fd, name);
	do
		again = open(name, O_RDONLY | O_CLOEXEC);
	while (again < 0 && errno == EINTR);
	return again;
}
