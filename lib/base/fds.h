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

/* The names in the directory FD, read without memory, unlike by readdir().  Set
 * the other members to 0; fds_next_name() then returns one name after the
 * other, each valid until the next call, and NULL at the end.  A system without
 * such a call has no names. */
struct fds_names {
	int fd;
	size_t n, at; /* octets in `entries`, and how many are used */
	char entries[4096];
};
const char *fds_next_name(struct fds_names *d);

/* Closes all descriptors above 2.  The cost does not depend on their limit. */
void fds_close_above_2(void);

#endif
