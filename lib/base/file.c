/* File access relative to a directory descriptor.  See file.h. */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

int
file_open(int dir, const char *path, int flags)
{
	int fd;

	do
		fd = openat(dir, path, flags | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int
file_write_all(int fd, const char *octets, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, octets, n);
		if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0) {
			octets += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

ssize_t
file_read_at(int fd, char *buffer, size_t n, uint64_t offset)
{
	size_t got = 0;
	ssize_t more;

	while (got < n) {
		more = pread(fd, buffer + got, n - got, (off_t)(offset + got));
		if (more < 0 && errno != EINTR)
			return -1;
		if (more == 0)
			break;
		if (more > 0)
			got += (size_t)more;
	}
	return (ssize_t)got;
}

int
file_link(int dir, const char *from, const char *to)
{
	int failed;

	do
		failed = linkat(dir, from, dir, to, AT_SYMLINK_FOLLOW);
	while (failed && errno == EINTR);
	return failed;
}

int
file_unlink(int dir, const char *path)
{
	int failed;

	do
		failed = unlinkat(dir, path, 0);
	while (failed && errno == EINTR);
	return failed;
}

/* Writes the /proc path of descriptor FD to NAME.  An unprivileged user cannot
 * link an unnamed file in any other way (AT_EMPTY_PATH needs a capability up to
 * Linux 6.9). */
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
file_open_unnamed(int dir, const char *path)
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
	errno = EOPNOTSUPP; /* without /proc it cannot be linked later */
	return -1;
}
#else
int
file_open_unnamed(int dir, const char *path)
{
	(void)dir;
	(void)path;
	errno = EOPNOTSUPP;
	return -1;
}
#endif

int
file_link_unnamed(int fd, int dir, const char *to)
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
file_reopen(int fd)
{
	char name[32];
	int again;

	proc_name(fd, name);
	do
		again = open(name, O_RDONLY | O_CLOEXEC);
	while (again < 0 && errno == EINTR);
	return again;
}
