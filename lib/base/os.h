/* os - the process, and what differs from system to system
 *
 * Descriptors, signals, clocks, random bits, waiting, syncing.  A call that a
 * signal interrupted is made again here, so that no caller meets EINTR. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* To be called first.  Closes every descriptor above 2, opens /dev/null for a
 * missing 2, ignores SIGPIPE and SIGXFSZ, keeps SIGTERM for os_wait(), sets the
 * umask to 077.  -1: there is no descriptor 0 or 1.
 *
 * For tests: with NO_SYNC os_sync() does nothing; with STAND_STILL the clock,
 * the process number and the random bits are always the same. */
int os_start(bool no_sync, bool stand_still);

/* Milliseconds of a clock that only goes forward, for deadlines. */
int64_t os_monotonic_ms(void);

/* The time of day, the process number, 64 random bits (-1: none to be had). */
struct timespec os_wall_time(void);
uint64_t os_pid(void);
int os_random(uint64_t *ret_bits);

/* Waits until FD can be read or written (EVENTS is POLLIN or POLLOUT), until
 * DEADLINE (as of os_monotonic_ms()), or for SIGTERM, which is blocked
 * everywhere else: so it interrupts a wait for input, never a commit, and no
 * reply that the client is ready to read.  After the deadline FD is still
 * polled once. */
enum os_wait {
	OS_READY,
	OS_TIMEOUT,
	OS_TERMINATED,
	OS_FAILED, /* errno says why */
};
enum os_wait os_wait(int fd, short events, int64_t deadline);

/* Is DEADLINE over, or did SIGTERM come?  The same answers, without a wait. */
enum os_wait os_check_deadline(int64_t deadline);

/* read(), and a write() that is broken off after a second when FD takes only
 * part of it (poll() promises no more than PIPE_BUF octets, and not even those
 * if FD is SHARED with other writers).  The write may take fewer than N octets,
 * or none: then wait and go on. */
ssize_t os_read(int fd, char *buffer, size_t n);
ssize_t os_write(int fd, const char *octets, size_t n, bool shared);

/* Returns when FD's octets, or a directory's names, are on disk. */
int os_sync(int fd);

/* Tells the system to write N octets of FD from OFFSET on to disk and does not
 * wait for it: os_sync() has less to wait for then. */
void os_start_writing(int fd, uint64_t offset, uint64_t n);

/* Octets that this user may still write to the file system that holds DIR. */
int os_free_space(int dir, uint64_t *ret_octets);

#endif
