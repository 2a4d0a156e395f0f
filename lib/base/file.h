/* file - files by their path below a directory
 *
 * The plain calls, made again when a signal interrupted them and until they
 * have done all of it.  DIR is a descriptor of a directory, or AT_FDCWD.  -1:
 * errno says why. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat() with O_CLOEXEC; a new file is its owner's alone. */
int file_open(int dir, const char *path, int flags);

/* Writes all N octets. */
int file_write_all(int fd, const char *octets, size_t n);

/* Reads up to N octets from OFFSET on; fewer only at the end of the file. */
ssize_t file_read_at(int fd, char *buffer, size_t n, uint64_t offset);

/* A second name for a file, and one name less. */
int file_link(int dir, const char *from, const char *to);
int file_unlink(int dir, const char *path);

/* A new file without a name in the directory PATH below DIR (O_TMPFILE: Linux
 * has them on most of its file systems), and the call that names it.  The first
 * is -1 with EOPNOTSUPP where there are none, EISDIR from older kernels. */
int file_open_unnamed(int dir, const char *path);
int file_link_unnamed(int fd, int dir, const char *to);

/* Another descriptor of an open file, at offset 0, for reading only. */
int file_reopen(int fd);

#endif
