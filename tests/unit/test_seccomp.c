/* seccomp: which system calls a session may make, and with which arguments.
 *
 * Each is tried in a process of its own, with harmless arguments: without the
 * list it must not fail with ENOSYS, which makes the result with it
 * meaningful. */
#define _GNU_SOURCE
#include "base/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { NOT_THERE = 4095 }; /* a descriptor that is not open */

#ifdef __SANITIZE_ADDRESS__
enum { LISTED = 0 };
#else
enum { LISTED = 1 };
#endif

/* A call with its first arguments. */
struct attempt {
	const char *name;
	long call, a, b, c, d, e;
};

static struct sockaddr_un to = { .sun_family = AF_UNIX };

static const struct attempt allowed[] = {
	{ "read", SYS_read, NOT_THERE, 0, 0, 0, 0 },
	{ "write", SYS_write, NOT_THERE, 0, 0, 0, 0 },
	{ "close", SYS_close, NOT_THERE, 0, 0, 0, 0 },
	{ "openat", SYS_openat, NOT_THERE, (long)"x", O_RDONLY, 0, 0 },
	{ "linkat", SYS_linkat, NOT_THERE, (long)"x", NOT_THERE, (long)"y", 0 },
	{ "unlinkat", SYS_unlinkat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "mkdirat", SYS_mkdirat, NOT_THERE, (long)"x", 0700, 0, 0 },
	{ "fsync", SYS_fsync, NOT_THERE, 0, 0, 0, 0 },
	{ "openat2", SYS_openat2, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "readlinkat", SYS_readlinkat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "newfstatat", SYS_newfstatat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "getcwd", SYS_getcwd, 0, 0, 0, 0, 0 },
	{ "getdents64", SYS_getdents64, NOT_THERE, 0, 0, 0, 0 },
#ifdef __x86_64__
	{ "stat", SYS_stat, (long)"", 0, 0, 0, 0 },
	{ "lstat", SYS_lstat, (long)"", 0, 0, 0, 0 },
#endif
	{ "getpid", SYS_getpid, 0, 0, 0, 0, 0 },
	{ "F_GETFD", SYS_fcntl, 0, F_GETFD, 0, 0, 0 },
	{ "F_GETFL", SYS_fcntl, 0, F_GETFL, 0, 0, 0 },
	{ "F_SETFD", SYS_fcntl, NOT_THERE, F_SETFD, 0, 0, 0 },
	{ "send", SYS_sendto, NOT_THERE, 0, 0, 0, 0 },
	{ "mmap", SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1 },
};

static const struct attempt denied[] = {
	{ "socket", SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0 },
	{ "socket UDP", SYS_socket, AF_INET, SOCK_DGRAM, 0, 0, 0 },
	{ "socket netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0, 0 },
	{ "socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0, 0 },
	{ "connect", SYS_connect, NOT_THERE, (long)&to, sizeof(to), 0, 0 },
	{ "bind", SYS_bind, NOT_THERE, (long)&to, sizeof(to), 0, 0 },
	{ "listen", SYS_listen, NOT_THERE, 1, 0, 0, 0 },
	{ "sendmsg", SYS_sendmsg, NOT_THERE, 0, 0, 0, 0 },
	{ "recvmsg", SYS_recvmsg, NOT_THERE, 0, 0, 0, 0 },
	{ "execve", SYS_execve, (long)"", 0, 0, 0, 0 },
	{ "kill", SYS_kill, 0, 0, 0, 0, 0 },
	{ "tgkill", SYS_tgkill, -1, -1, 0, 0, 0 },
	{ "ptrace", SYS_ptrace, -1, 0, 0, 0, 0 },
	{ "prctl", SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0 },
	{ "prlimit", SYS_prlimit64, 0, -1, 0, 0, 0 },
	{ "dup", SYS_dup, NOT_THERE, 0, 0, 0, 0 },
	{ "dup3", SYS_dup3, NOT_THERE, 9, 0, 0, 0 },
	{ "lseek", SYS_lseek, NOT_THERE, 0, 0, 0, 0 },
	{ "ftruncate", SYS_ftruncate, NOT_THERE, 0, 0, 0, 0 },
	{ "pwrite", SYS_pwrite64, NOT_THERE, 0, 0, 0, 0 },
	{ "fchmod", SYS_fchmod, NOT_THERE, 0, 0, 0, 0 },
	{ "fchmodat", SYS_fchmodat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "fchownat", SYS_fchownat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "renameat2", SYS_renameat2, NOT_THERE, (long)"x", NOT_THERE,
	    (long)"y", 0 },
	{ "symlinkat", SYS_symlinkat, (long)"x", NOT_THERE, (long)"y", 0, 0 },
	{ "mknodat", SYS_mknodat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "utimensat", SYS_utimensat, NOT_THERE, (long)"x", 0, 0, 0 },
	{ "mount", SYS_mount, 0, 0, 0, 0, 0 },
	{ "ioctl", SYS_ioctl, NOT_THERE, 0, 0, 0, 0 },
	{ "mprotect", SYS_mprotect, 0, 0, PROT_EXEC, 0, 0 },
	{ "mmap PROT_EXEC", SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1 },
	{ "sendto an address", SYS_sendto, NOT_THERE, 0, 0, 0, (long)&to },
	{ "sendto a high address", SYS_sendto, NOT_THERE, 0, 0, 0, 1L << 32 },
	{ "F_SETFL", SYS_fcntl, NOT_THERE, F_SETFL, O_NONBLOCK, 0, 0 },
	{ "F_DUPFD", SYS_fcntl, NOT_THERE, F_DUPFD, 0, 0, 0 },
	{ "F_SETLK", SYS_fcntl, NOT_THERE, F_SETLK, 0, 0, 0 },
	{ "F_SETOWN", SYS_fcntl, NOT_THERE, F_SETOWN, 0, 0, 0 },
	{ "memfd_create", SYS_memfd_create, 0, 0, 0, 0, 0 },
	{ "seccomp", SYS_seccomp, -1, 0, 0, 0, 0 },
	{ "setuid", SYS_setuid, -1, 0, 0, 0, 0 },
	{ "rt_sigaction", SYS_rt_sigaction, -1, 0, 0, 0, 0 },
};

/* Returns the errno of T in a process, with the list if LISTED; 255: it cannot
 * be told. */
static int
outcome(const struct attempt *t, bool listed)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (listed &&
		    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		        seccomp_enter() < 0))
			_exit(255);
		if (syscall(t->call, t->a, t->b, t->c, t->d, t->e, 0L) >= 0)
			_exit(0);
		_exit(errno & 0x7f);
	}
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status))
		return 255;
	return WEXITSTATUS(status);
}

static void
try_all(struct unit *u, const struct attempt t[], size_t n, bool allow)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct span name = span_of(t[i].name);
		int plain = outcome(&t[i], false),
		    listed = outcome(&t[i], true);

		EXPECT_TRUE(u, name, plain != ENOSYS && plain != 255);
		EXPECT_NUMBER(u, name, (uint64_t)listed,
		    (uint64_t)(allow ? plain : ENOSYS));
	}
}

/* A number of x32, and the calls of 32-bit programs. */
static void
try_others(struct unit *u)
{
#ifdef __x86_64__
	static const struct attempt x32 = { "x32", 0x40000000 + SYS_getpid, 0,
		0, 0, 0, 0 };

	EXPECT_NUMBER(u, span_of("x32"), (uint64_t)outcome(&x32, true), ENOSYS);
#endif
	static const struct attempt fork_call = { "clone", SYS_clone, SIGCHLD,
		0, 0, 0, 0 };

	EXPECT_NUMBER(u, span_of("clone"), (uint64_t)outcome(&fork_call, true),
	    ENOSYS);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };

	if (!LISTED) {
		EXPECT_TRUE(&u, span_of("a sanitizer needs more calls"),
		    seccomp_enter() == 0);
		return unit_end(&u);
	}
	try_all(&u, allowed, sizeof(allowed) / sizeof(*allowed), true);
	try_all(&u, denied, sizeof(denied) / sizeof(*denied), false);
	try_others(&u);
	return unit_end(&u);
}
