/* The attempts of a hijacked session, and what becomes of them.  See
 * hijacked.h. */
#define _GNU_SOURCE
#include "hijacked_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "hijacked.h"

enum { ABI_OF_TRUNCATE = 3 };

char hijack_log[40] = "/proc/self/fd/2";
char hijack_users[40], hijack_exchange[40], hijack_opened[40];
char hijack_memory[40], hijack_environment[40];

struct state {
	struct hijack *h;
	long self, parent;
	unsigned has; /* enum needs */
	long opened;
};

static void
name_descriptor(char path[static 40], long fd)
{
	snprintf(path, 40, "/proc/self/fd/%ld", fd);
}

static void
start(struct state *st, struct hijack *h)
{
	const struct session *s = h->session;
	int exchange = s->monitor.requests.exchange;
	struct stat log;

	*st = (struct state){ .h = h,
		.self = getpid(),
		.opened = -1,
		.parent = h->parent };
	if (monitor_is_needed(&s->options))
		st->has |= MONITOR;
	if (s->options.commands)
		st->has |= EXCHANGE;
	if (fstat(2, &log) == 0 && S_ISREG(log.st_mode))
		st->has |= LOG;
	name_descriptor(hijack_users, s->recipients.users.list.fd);
	name_descriptor(hijack_exchange, exchange);
	snprintf(hijack_memory, 40, "/proc/%ld/mem", st->parent);
	snprintf(hijack_environment, 40, "/proc/%ld/environ", st->parent);
}

static long
value_of(const struct state *st, long argument)
{
	const struct session *s = st->h->session;

	switch (argument) {
	case AN_EXCHANGE:
		return s->monitor.requests.exchange;
	case A_USERS_FILE:
		return s->recipients.users.list.fd;
	case A_MAIL:
		return s->site.mail;
	case WHAT_WAS_OPENED:
		return st->opened;
	case THE_MONITOR:
		return st->parent;
	default:
		return argument;
	}
}

/* Returns 0, or an errno. */
static int
make(struct state *st, const struct attempt *a)
{
	long v[6], result;
	size_t i;

	for (i = 0; i < 6; i++)
		v[i] = value_of(st, a->a[i]);
	result = syscall(a->call, v[0], v[1], v[2], v[3], v[4], v[5]);
	if (result < 0)
		return errno;
	if (syscall(SYS_getpid) != st->self)
		_exit(0); /* it is a new process */
	if (a->call == SYS_openat) {
		st->opened = result;
		name_descriptor(hijack_opened, result);
	}
	return 0;
}

static bool
is_denied(int error)
{
	return error == EACCES || error == EPERM || error == EXDEV;
}

/* Without the list a call gets to the kernel, which may not know it. */
static bool
is_as_it_should(const struct state *st, const struct attempt *a, int error)
{
	const struct hijack *h = st->h;
	bool denied = h->landlock;

	switch (a->by) {
	case CALL:
	case ALONE:
		return !h->listed || error == ENOSYS;
	case HIDDEN:
		return error != 0 || (!h->landlock && geteuid() == 0);
	case STORING:
		return h->wrong ? error != 0 : error == 0;
	case CUTTING:
		denied = denied && h->abi >= ABI_OF_TRUNCATE;
		break;
	case READING:
		denied = denied && (st->has & EXCHANGE);
		break;
	case OUTSIDE:
		break;
	}
	return denied ? is_denied(error) : error == 0;
}

static void
make_all(struct state *st, const struct attempt *a)
{
	int error;

	for (; a->name; a++) {
		if ((a->needs & ~st->has) || (a->by == ALONE && !st->h->listed))
			continue;
		error = make(st, a);
		hijack_report(st->h, a->name, error,
		    is_as_it_should(st, a, error));
	}
}

#ifdef __x86_64__
static sigjmp_buf back;

static void
on_fault(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* A call of 32-bit programs, by number. */
static int
call_of_32_bits(int number)
{
	int result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(number), "b"(-1), "c"(0), "d"(0)
	                 : "memory", "r8", "r9", "r10", "r11");
	return result < 0 ? -result : 0;
}

static void
try_32_bits(struct hijack *h)
{
	static const struct {
		const char *name;
		int number;
	} calls[] = { { "getpid of 32 bits", 20 }, { "open of 32 bits", 5 },
		{ "execve of 32 bits", 11 }, { "kill of 32 bits", 37 },
		{ "socketcall of 32 bits", 102 } };
	volatile size_t i;
	int error;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		error = call_of_32_bits(calls[i].number);
		hijack_report(h, calls[i].name, error,
		    !h->listed || error == ENOSYS);
	}
}

/* A kernel without them sends a signal. */
static void
try_instructions(struct hijack *h)
{
	if (sigsetjmp(back, 0) == 0)
		try_32_bits(h);
	else
		hijack_report(h, "a call of 32 bits", EFAULT, true);
}

void
hijack_prepare(void)
{
	struct sigaction act = { .sa_handler = on_fault };

	sigaction(SIGSEGV, &act, NULL);
}
#else
static void
try_instructions(struct hijack *h)
{
	(void)h;
}

void
hijack_prepare(void)
{
}
#endif

/* The numbers that are listed, and those that would end this process. */
static const long listed[] = {
	SYS_write, SYS_read, SYS_ppoll, SYS_rt_sigpending, SYS_setitimer,
	SYS_getpid, SYS_close, SYS_openat2, SYS_openat, SYS_fsync, SYS_linkat,
	SYS_fstat, SYS_newfstatat, SYS_faccessat, SYS_exit_group, SYS_getrandom,
	SYS_unlinkat, SYS_mkdirat, SYS_pread64, SYS_sync_file_range,
	SYS_clock_gettime, SYS_rt_sigreturn, SYS_restart_syscall,
	SYS_rt_sigprocmask, SYS_fstatfs, SYS_readlinkat, SYS_getcwd,
	SYS_getdents64, SYS_geteuid, SYS_faccessat2, SYS_statx,
	SYS_gettimeofday, SYS_brk, SYS_munmap, SYS_exit,
#ifdef __x86_64__
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_time, 335,
	336, /* uretprobe, uprobe: no list is asked, they are SIGILL */
#endif
};

static bool
is_listed(long number)
{
	size_t i;

	for (i = 0; i < sizeof(listed) / sizeof(*listed); i++)
		if (listed[i] == number)
			return true;
	return false;
}

/* Every other number, also as x32 has it, with arguments that no call takes. */
static void
try_all_numbers(struct hijack *h)
{
	enum { NUMBERS = 1024, X32 = 0x40000000 };
	char name[64];
	long n;
	int i, error;

	for (n = 0; n < NUMBERS; n++)
		for (i = 0; i < 2; i++) {
			if (is_listed(n) && i == 0)
				continue;
			errno = 0;
			syscall(n + i * X32, -1L, -1L, -1L, -1L, -1L, -1L);
			error = errno;
			snprintf(name, sizeof(name), "call %ld%s", n,
			    i ? " of x32" : "");
			if (error != ENOSYS)
				hijack_report(h, name, error, false);
		}
	hijack_report(h, "all other calls", ENOSYS, true);
}

/* True if the session needs FD: for the client, the users file, the mail, the
 * monitor, syslogd, or the report. */
static bool
is_needed(const struct hijack *h, int fd)
{
	const struct session *s = h->session;
	const struct requests *r = &s->monitor.requests;
	struct stat st;

	if (fd <= 2 || fd == h->report.out || fd == s->site.mail ||
	    fd == s->recipients.users.list.fd)
		return true;
	if (monitor_is_needed(&s->options) &&
	    (fd == r->to || fd == r->from || fd == r->exchange))
		return true;
	return log_descriptor() < 0 && fstat(fd, &st) == 0 &&
	    S_ISSOCK(st.st_mode);
}

static void
try_descriptors(struct hijack *h)
{
	enum { DESCRIPTORS = 1024 };
	unsigned others = 0;
	int fd;

	for (fd = 0; fd < DESCRIPTORS; fd++)
		others += fcntl(fd, F_GETFD) >= 0 && !is_needed(h, fd);
	hijack_report(h, "other descriptors", others ? 0 : EBADF, others == 0);
}

int
hijack_attempts(struct hijack *h)
{
	struct state st;

	start(&st, h);
	try_descriptors(h);
	make_all(&st, hijack_files);
	make_all(&st, hijack_calls);
	try_instructions(h);
	if (h->listed)
		try_all_numbers(h);
	make_all(&st, hijack_ends);
	return unit_end(&h->report);
}
