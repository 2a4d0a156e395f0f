/* file - file access relative to a directory descriptor
 *
 * Wrappers of the system calls: they repeat a call that a signal interrupted,
 * and a read or write that was incomplete.  DIR is a descriptor of a directory,
 * or AT_FDCWD.  All functions return -1 on failure and set errno. */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat() with O_CLOEXEC; a new file has mode 0600.  Returns the descriptor,
 * which the caller closes. */
int file_open(int dir, const char *path, int flags);

/* The same for an existing file or directory PATH below DIR, of which no
 * component may be a symbolic link or `..`.  ELOOP: one is a symbolic link. */
int file_open_beneath(int dir, const char *path, int flags);

/* What tells a file from all others of this system. */
struct file_id {
	dev_t device;
	ino_t inode;
};

/* Stores in *RET the identity of the file of FD, or of NAME in DIR; a symbolic
 * link is not followed.  Both return 0. */
int file_identify(int fd, struct file_id *ret);
int file_identify_name(int dir, const char *name, struct file_id *ret);
bool file_is_same(const struct file_id *a, const struct file_id *b);

/* Closes FD and keeps errno. */
void file_close(int fd);

/* Copies the first component of *PATH to NAME and moves *PATH past it and its
 * slashes.  False: it is too long or `..`, errno is set. */
bool file_take_component(const char **path, char name[static NAME_MAX + 1]);

/* Writes all N octets.  Returns 0. */
int file_write_all(int fd, const char *octets, size_t n);

/* Reads N octets from OFFSET on.  Returns how many; fewer than N only at the
 * end of the file. */
ssize_t file_read_at(int fd, char *buffer, size_t n, uint64_t offset);

/* N octets of the file FD, from OFFSET on. */
struct file_range {
	int fd;
	uint64_t offset, n;
};

/* Writes the octets FROM to the descriptor TO, through BUFFER of MAX octets.
 * Returns 0; EIO: the file is shorter. */
int file_copy(struct file_range from, int to, char *buffer, size_t max);

/* Links the file FROM in DIR under the name TO in TO_DIR; a symbolic link is
 * not followed.  file_unlink() removes the name PATH.  Both return 0. */
int file_link(int dir, const char *from, int to_dir, const char *to);
int file_unlink(int dir, const char *path);

/* Creates the directory NAME in DIR with mode 0700, unless it exists.  Returns
 * 0. */
int file_make_dir(int dir, const char *name);

/* Opens an anonymous temporary file in the directory PATH below DIR (O_TMPFILE,
 * on most Linux file systems) with MODE, O_RDWR or O_WRONLY, and links such a
 * file under the name TO.  The first returns the descriptor, which the caller
 * closes; -1 with EOPNOTSUPP: there is no O_TMPFILE here, or no /proc to link
 * the file.  The second returns 0. */
int file_open_unnamed(int dir, const char *path, int mode);
int file_link_unnamed(int fd, int dir, const char *to);

/* Opens the file of FD again, read-only, at offset 0.  Returns the new
 * descriptor, which the caller closes. */
int file_reopen(int fd);

#endif
