/* File access relative to a directory descriptor.  See file.h. */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fds.h"
#include "base/text.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

int
file_open(int dir, const char *path, int flags)
{
	int fd;

	do
		fd = openat(dir, path, flags | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

void
file_close(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

bool
file_take_component(const char **path, char name[static NAME_MAX + 1])
{
	size_t n = strcspn(*path, "/");

	if (n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(name, *path, n);
	name[n] = '\0';
	*path += n;
	*path += strspn(*path, "/");
	if (strcmp(name, "..") == 0)
		errno = EXDEV;
	return strcmp(name, "..") != 0;
}

/* Opens NAME in DIR unless it is a symbolic link: ELOOP, also where the system
 * says ENOTDIR. */
static int
open_component(int dir, const char *name, int flags)
{
	int fd = file_open(dir, name, flags | O_NOFOLLOW);
	struct stat st;

	if (fd >= 0 || errno != ENOTDIR)
		return fd;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		errno = ELOOP;
	else
		errno = ENOTDIR;
	return -1;
}

/* file_open_beneath() on a system without openat2(). */
static int
walk_beneath(int dir, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int at = dir, next = -1;

	do {
		next = file_take_component(&path, name)
		    ? open_component(at, name,
		          *path ? O_PATH | O_DIRECTORY : flags)
		    : -1;
		if (at != dir)
			file_close(at);
		at = next;
	} while (next >= 0 && *path);
	return next;
}

int
file_open_beneath(int dir, const char *path, int flags)
{
	int fd = fds_open_beneath(dir, path, flags);

	return fd < 0 && errno == ENOSYS ? walk_beneath(dir, path, flags) : fd;
}

static struct file_id
id_of(const struct stat *st)
{
	return (struct file_id){ st->st_dev, st->st_ino };
}

int
file_identify(int fd, struct file_id *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	*ret = id_of(&st);
	return 0;
}

int
file_identify_name(int dir, const char *name, struct file_id *ret)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	*ret = id_of(&st);
	return 0;
}

bool
file_is_same(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode;
}

int
file_make_dir(int dir, const char *name)
{
	return mkdirat(dir, name, 0700) < 0 && errno != EEXIST ? -1 : 0;
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
file_copy(struct file_range from, int to, char *buffer, size_t max)
{
	ssize_t got;

	for (; from.n > 0;
	     from.offset += (uint64_t)got, from.n -= (uint64_t)got) {
		got = file_read_at(from.fd, buffer,
		    from.n < max ? (size_t)from.n : max, from.offset);
		if (got == 0)
			errno = EIO;
		if (got <= 0 || file_write_all(to, buffer, (size_t)got) < 0)
			return -1;
	}
	return 0;
}

int
file_link(int dir, const char *from, int to_dir, const char *to)
{
	int failed;

	do
		failed = linkat(dir, from, to_dir, to, 0);
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
file_open_unnamed(int dir, const char *path, int mode)
{
	char name[32];
	int fd;

	do
		fd = openat(dir, path, mode | O_TMPFILE | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0 && access(proc_name(fd, name), F_OK) == 0)
		return fd;
	if (fd >= 0) {
		close(fd);
		errno = EOPNOTSUPP; /* without /proc it cannot be linked */
	}
	if (errno == EISDIR || errno == EINVAL || errno == ENOSYS ||
	    errno == ENOENT)
		errno = EOPNOTSUPP; /* older kernels, other file systems */
	return -1;
}
#else
int
file_open_unnamed(int dir, const char *path, int mode)
{
	(void)dir;
	(void)path;
	(void)mode;
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
