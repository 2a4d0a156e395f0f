/* The interface to the operating system.  See os.h. */
#define _GNU_SOURCE
#ifdef __OpenBSD__
#define _BSD_SOURCE /* its name for _GNU_SOURCE */
#endif
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fds.h"

static volatile sig_atomic_t terminated, alarmed;
static sigset_t while_waiting; /* signal mask for ppoll() */
static bool skip_sync, deterministic;

static void
on_term(int sig)
{
	(void)sig;
	terminated = 1;
}

static void
on_alarm(int sig)
{
	(void)sig;
	alarmed = 1; /* its main purpose is to interrupt a call */
}

static bool catches_alarms;

static void
start_alarms(void)
{
	struct sigaction act = { 0 };

	act.sa_handler = on_alarm;
	catches_alarms = sigaction(SIGALRM, &act, NULL) == 0;
}

static void
start_signals(void)
{
	struct sigaction act = { 0 };
	sigset_t kept, alarms;

	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGXFSZ, &act, NULL);
	act.sa_handler = on_term;
	sigaction(SIGTERM, &act, NULL);
	start_alarms();

	sigemptyset(&kept);
	sigaddset(&kept, SIGTERM);
	sigprocmask(SIG_BLOCK, &kept, &while_waiting);
	sigdelset(&while_waiting, SIGTERM);

	sigemptyset(&alarms); /* regardless of the inherited mask */
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	sigdelset(&while_waiting, SIGALRM);
	sigdelset(&while_waiting, SIGCHLD);
}

int
os_start(bool no_sync, bool stand_still)
{
	skip_sync = no_sync;
	deterministic = stand_still;
	if (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0)
		return -1;
	if (fcntl(2, F_GETFD) < 0 && open("/dev/null", O_RDWR) != 2)
		return -1;
	fds_close_above_2();
	start_signals();
	umask(077);
	return 0;
}

void
os_wipe(void *octets, size_t n)
{
	explicit_bzero(octets, n);
}

int64_t
os_monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct timespec
os_time_left(int64_t deadline)
{
	int64_t left = deadline - os_monotonic_ms();

	if (left < 0)
		left = 0;
	return (struct timespec){ .tv_sec = (time_t)(left / 1000),
		.tv_nsec = (long)(left % 1000) * 1000000 };
}

struct timespec
os_wall_time(void)
{
	static struct timespec fixed = { 1795435200, 0 }; /* in Nov 2026 */
	struct timespec t = fixed;

	fixed.tv_nsec += 1000;
	if (!deterministic)
		clock_gettime(CLOCK_REALTIME, &t);
	return t;
}

bool
os_is_recent(time_t time, time_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return time > now.tv_sec - seconds;
}

static pid_t listeners_pid; /* 0: it started this process */

void
os_set_pid(pid_t pid)
{
	listeners_pid = pid;
}

uint64_t
os_pid(void)
{
	if (deterministic)
		return 1;
	return (uint64_t)(listeners_pid > 0 ? listeners_pid : getpid());
}

int
os_random(uint64_t *ret_bits)
{
	if (!deterministic)
		return getentropy(ret_bits, sizeof(*ret_bits));
	*ret_bits = 0;
	return 0;
}

/* True if SIGTERM was delivered or is pending.  It stays pending while a busy
 * client keeps its descriptor ready, because ppoll() then never waits. */
static bool
is_terminated(void)
{
	sigset_t pending;

	return terminated ||
	    (sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1);
}

/* REGARDLESS: SIGTERM stays blocked. */
static enum os_wait
wait_for(int fd, short events, int64_t deadline, bool regardless)
{
	struct pollfd p = { fd, events, 0 };
	struct timespec wait;
	int n;

	do {
		wait = os_time_left(deadline);
		n = ppoll(&p, 1, &wait, regardless ? NULL : &while_waiting);
		if (!regardless && (n <= 0 || events != POLLOUT) &&
		    is_terminated())
			return OS_TERMINATED;
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return OS_FAILED;
	return n > 0 ? OS_READY : OS_TIMEOUT;
}

enum os_wait
os_wait(int fd, short events, int64_t deadline)
{
	return wait_for(fd, events, deadline, false);
}

enum os_wait
os_wait_regardless(int fd, short events, int64_t deadline)
{
	return wait_for(fd, events, deadline, true);
}

void
os_pause(struct pollfd *p, size_t n, int64_t deadline)
{
	struct timespec wait = os_time_left(deadline);
	size_t i;

	if (ppoll(p, (nfds_t)n, &wait, &while_waiting) > 0)
		return;
	for (i = 0; i < n; i++)
		p[i].revents = 0;
}

bool
os_take_sigterm(void)
{
	bool came = terminated;

	terminated = 0;
	return came;
}

enum os_wait
os_check_deadline(int64_t deadline)
{
	if (is_terminated())
		return OS_TERMINATED;
	return os_monotonic_ms() < deadline ? OS_READY : OS_TIMEOUT;
}

ssize_t
os_read(int fd, char *buffer, size_t n)
{
	ssize_t got;

	do
		got = read(fd, buffer, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Raises SIGALRM every SECONDS (0: never).  It interrupts a write() that
 * blocks, so that the caller returns to os_wait(), which checks the deadline
 * and SIGTERM. */
static void
set_alarm(time_t seconds)
{
	struct itimerval interval = { { seconds, 0 }, { seconds, 0 } };

	setitimer(ITIMER_REAL, &interval, NULL);
}

void
os_limit_begin(void)
{
	if (!catches_alarms)
		start_alarms(); /* before os_start() */
	alarmed = 0;
	set_alarm(1);
}

bool
os_limit_end(void)
{
	set_alarm(0);
	return alarmed;
}

ssize_t
os_write(int fd, const char *octets, size_t n, bool shared)
{
	bool may_block = shared || n > PIPE_BUF;
	ssize_t done;

	if (may_block)
		set_alarm(1);
	done = write(fd, octets, n);
	if (may_block)
		set_alarm(0);
	return done < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : done;
}

int
os_sync(int fd)
{
	int failed;

	if (skip_sync)
		return 0;
	do
		failed = fsync(fd);
	while (failed && errno == EINTR);
	return failed;
}

#ifdef SYNC_FILE_RANGE_WRITE
void
os_start_writing(int fd, uint64_t offset, uint64_t n)
{
	if (!skip_sync)
		(void)sync_file_range(fd, (off_t)offset, (off_t)n,
		    SYNC_FILE_RANGE_WRITE); /* os_sync() reports a failure */
}
#else
void
os_start_writing(int fd, uint64_t offset, uint64_t n)
{
	(void)fd;
	(void)offset;
	(void)n;
}
#endif

int
os_free_space(int dir, uint64_t *ret_octets)
{
	struct statvfs fs;

	if (fstatvfs(dir, &fs) < 0)
		return -1;
	if (fs.f_blocks == 0 || fs.f_frsize == 0 ||
	    fs.f_bavail > UINT64_MAX / fs.f_frsize) {
		errno = EOPNOTSUPP; /* it does not know */
		return -1;
	}
	*ret_octets = (uint64_t)fs.f_bavail * fs.f_frsize;
	return 0;
}
