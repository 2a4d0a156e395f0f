/* fds - descriptors: system calls that POSIX does not have */
#ifndef FDS_H
#define FDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat() of PATH below DIR that follows no symbolic link and does not leave
 * DIR (openat2(2)).  -1: failure, with errno set; ENOSYS if the system has no
 * such call. */
int fds_open_beneath(int dir, const char *path, int flags);

/* Reads the next directory entries of DIR into BUFFER, in the format of the
 * system; fds_next_name() returns the next name in it and advances
 * *AT, or NULL at its end.  fds_list() returns the number of octets, 0 at the
 * end, -1 on failure.  No memory is allocated, unlike in readdir().  A system
 * without such a call reports the end at once. */
ssize_t fds_list(int dir, char *buffer, size_t n);
const char *fds_next_name(const char *buffer, size_t n, size_t *at);

/* Closes all descriptors above 2.  The cost does not depend on their limit. */
void fds_close_above_2(void);

#endif
