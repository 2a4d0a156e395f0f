/* file - file access relative to a directory descriptor
 *
 * Wrappers of the system calls: they repeat a call that a signal interrupted,
 * and a read or write that was incomplete.  DIR is a descriptor of a directory,
 * or AT_FDCWD.  All functions return -1 on failure and set errno. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat() with O_CLOEXEC; a new file has mode 0600.  Returns the descriptor,
 * which the caller closes. */
int file_open(int dir, const char *path, int flags);

/* Writes all N octets.  Returns 0. */
int file_write_all(int fd, const char *octets, size_t n);

/* Reads N octets from OFFSET on.  Returns how many; fewer than N only at the
 * end of the file. */
ssize_t file_read_at(int fd, char *buffer, size_t n, uint64_t offset);

/* Links the file FROM under the second name TO; removes the name PATH.  Both
 * return 0. */
int file_link(int dir, const char *from, const char *to);
int file_unlink(int dir, const char *path);

/* Opens an anonymous temporary file in the directory PATH below DIR (O_TMPFILE,
 * on most Linux file systems), and links such a file under the name TO.  The
 * first returns the descriptor, which the caller closes; it fails with
 * EOPNOTSUPP where O_TMPFILE is not supported, on older kernels with EISDIR.
 * The second returns 0. */
int file_open_unnamed(int dir, const char *path);
int file_link_unnamed(int fd, int dir, const char *to);

/* Opens the file of FD again, read-only, at offset 0.  Returns the new
 * descriptor, which the caller closes. */
int file_reopen(int fd);

#endif
