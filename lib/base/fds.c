/* Descriptors: system calls that POSIX does not have.  See fds.h. */
#define _GNU_SOURCE
#ifdef __OpenBSD__
#define _BSD_SOURCE /* its name for _GNU_SOURCE */
#endif
#include "base/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>

enum {
	NO_SYMLINKS = 0x04, /* RESOLVE_NO_SYMLINKS of linux/openat2.h */
	BENEATH = 0x08,     /* RESOLVE_BENEATH */
	CLOSE_MAX = 65536, /* descriptors to close without close_range, /proc */
};

int
fds_open_beneath(int dir, const char *path, int flags)
{
	/* struct open_how of linux/openat2.h */
	struct {
		uint64_t flags, mode, resolve;
	} how = { (unsigned)flags | O_CLOEXEC, 0, NO_SYMLINKS | BENEATH };
	long fd;

	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == EPERM)
		errno = ENOSYS; /* an old seccomp filter does not know it */
	return (int)fd;
}

const char *
fds_next_name(struct fds_names *d)
{
	/* struct linux_dirent64: inode, offset, length, type, name */
	enum { LENGTH_AT = 16, NAME_AT = 19 };
	const char *entry;
	uint16_t length;
	long got;

	if (d->at >= d->n) {
		got = syscall(SYS_getdents64, d->fd, d->entries,
		    sizeof(d->entries));
		if (got <= 0)
			return NULL;
		d->n = (size_t)got;
		d->at = 0;
	}
	entry = d->entries + d->at;
	memcpy(&length, entry + LENGTH_AT, sizeof(length));
	d->at += length;
	return entry + NAME_AT;
}

/* Closes the descriptors above 2 that /proc names.  False: there is no /proc.
 * What is closed while the directory is read may hide others, so it is read
 * again until nothing is left. */
static bool
close_by_proc(void)
{
	struct fds_names names;
	const char *name;
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool closed = dir >= 0;
	int fd;

	while (closed) {
		closed = false;
		lseek(dir, 0, SEEK_SET);
		names.fd = dir;
		names.n = names.at = 0;
		for (name = fds_next_name(&names); name;
		     name = fds_next_name(&names)) {
			fd = (int)strtol(name, NULL, 10);
			if (fd > 2 && fd != dir)
				closed = close(fd) == 0 || closed;
		}
	}
	if (dir >= 0)
		close(dir);
	return dir >= 0;
}

void
fds_close_above_2(void)
{
	long fd, max;

	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0 || close_by_proc())
		return;
	max = sysconf(_SC_OPEN_MAX);
	if (max > CLOSE_MAX)
		max = CLOSE_MAX;
	for (fd = 3; fd < max; fd++)
		close((int)fd); /* most were never open */
}
#else
int
fds_open_beneath(int dir, const char *path, int flags)
{
	(void)dir;
	(void)path;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

const char *
fds_next_name(struct fds_names *d)
{
	(void)d;
	return NULL;
}

void
fds_close_above_2(void)
{
	closefrom(3);
}
#endif
