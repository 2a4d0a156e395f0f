/* Files by their path below a directory.  See file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
