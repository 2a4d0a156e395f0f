/* os - the interface to the operating system
 *
 * Descriptors, signals, clocks, random bits, waiting, syncing.  The functions
 * repeat a call that a signal interrupted, so no caller gets EINTR. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Sets up the process; call it first.  Closes every descriptor above 2, opens
 * /dev/null as a missing 2, ignores SIGPIPE and SIGXFSZ, blocks SIGTERM outside
 * os_wait(), sets the umask to 077.  Returns 0, or -1 if descriptor 0 or 1 is
 * closed or /dev/null cannot become 2.
 *
 * For tests: with NO_SYNC os_sync() does nothing; with STAND_STILL the time of
 * day, the process number and the random bits are constant. */
int os_start(bool no_sync, bool stand_still);

/* Returns the monotonic clock in milliseconds, for deadlines. */
int64_t os_monotonic_ms(void);

/* Overwrites N octets with zeros, also if they are not read again. */
void os_wipe(void *octets, size_t n);

/* Returns the time from now to DEADLINE (as in os_monotonic_ms()), 0 if it has
 * passed. */
struct timespec os_time_left(int64_t deadline);

/* Makes os_pid() return PID: that of the process that the listener started. */
void os_set_pid(pid_t pid);

/* The time of day (--deterministic: it advances by a microsecond with each
 * call), the process number, and 64 random bits in *RET_BITS (-1: the
 * system has none, errno is set). */
struct timespec os_wall_time(void);
uint64_t os_pid(void);
int os_random(uint64_t *ret_bits);

/* True if TIME is less than SECONDS ago by the real clock, also with
 * --deterministic, or in the future. */
bool os_is_recent(time_t time, time_t seconds);

/* Waits until FD is readable or writable (EVENTS is POLLIN or POLLOUT), until
 * DEADLINE (as in os_monotonic_ms()), or for SIGTERM.  SIGTERM is blocked
 * everywhere else: it interrupts a wait for input, never a commit, and no reply
 * that the client is ready to read.  After the deadline FD is still polled
 * once. */
enum os_wait {
	OS_READY,
	OS_TIMEOUT,
	OS_TERMINATED,
	OS_FAILED, /* errno is set */
};
enum os_wait os_wait(int fd, short events, int64_t deadline);

/* The same, but SIGTERM does not end it. */
enum os_wait os_wait_regardless(int fd, short events, int64_t deadline);

/* Waits until one of the N descriptors of P has an event, until DEADLINE, for
 * SIGTERM, or for the end of a child that process_start() started; p[].revents
 * says which descriptors have one.  It may return early. */
struct pollfd;
void os_pause(struct pollfd *p, size_t n, int64_t deadline);

/* Returns whether SIGTERM was delivered since the last call, during
 * os_pause(). */
bool os_take_sigterm(void);

/* Checks DEADLINE and SIGTERM without waiting: OS_READY if neither occurred,
 * else OS_TIMEOUT or OS_TERMINATED. */
enum os_wait os_check_deadline(int64_t deadline);

/* read(), and a write() that is interrupted after a second if it blocks (poll()
 * guarantees no more than PIPE_BUF octets, and not even those if FD is SHARED
 * with other writers).  Both return the number of octets, or -1 with errno.
 * The write may take fewer than N octets, or none: then wait and continue. */
ssize_t os_read(int fd, char *buffer, size_t n);
ssize_t os_write(int fd, const char *octets, size_t n, bool shared);

/* Between these two a blocking call, as of syslog(3), is interrupted after a
 * second, and again each second.  os_limit_end() returns whether that
 * happened. */
void os_limit_begin(void);
bool os_limit_end(void);

/* Waits until the data of the file FD, or the names in the directory FD, are on
 * disk.  Returns 0, or -1 with errno. */
int os_sync(int fd);

/* Starts writing N octets of FD from OFFSET on to disk and does not wait, so
 * that os_sync() takes less time later.  Failures are ignored. */
void os_start_writing(int fd, uint64_t offset, uint64_t n);

/* Stores in *RET_OCTETS how many octets this user may still write to the file
 * system that holds the directory DIR.  Returns 0, or -1 with errno;
 * EOPNOTSUPP: the file system does not tell. */
int os_free_space(int dir, uint64_t *ret_octets);

#endif
