/* The calls that a hijacked session attempts.  See hijacked_attempts.h.
 *
 * The arguments do no harm where the call is allowed: signal 0, masks that are
 * empty, the descriptor -1. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>

#include "hijacked_attempts.h"

#define HERE       AT_FDCWD
#define PATH(text) (long)(text)
#define OLD        PATH("mail/bob@example.org/new/old")

enum { RETRIEVE_USER_KEYRING = -4, PUNCH = 3, OBSCURE_KEY = 0x7357 };

static const struct sockaddr_un by_name = { AF_UNIX, "mail/socket" };
static const struct sockaddr_un abstract = { AF_UNIX, "\0hijacked" };
static const struct timespec times[2];
static const char octets[16];
static const int zero;

#define SOCKET(name, domain, type)                                             \
	{                                                                      \
		name, CALL, 0, SYS_socket,                                     \
		{                                                              \
			domain, type                                           \
		}                                                              \
	}

const struct attempt hijack_calls[] = {
	/* clang-format off */
	SOCKET("a TCP socket", AF_INET, SOCK_STREAM),
	SOCKET("a TCP socket of IPv6", AF_INET6, SOCK_STREAM),
	SOCKET("a UDP socket", AF_INET, SOCK_DGRAM),
	SOCKET("a UNIX socket", AF_UNIX, SOCK_STREAM),
	SOCKET("a netlink socket", AF_NETLINK, SOCK_RAW),
	SOCKET("a packet socket", AF_PACKET, SOCK_RAW),
	{ "socketpair", CALL, 0, SYS_socketpair,
	    { AF_UNIX, SOCK_STREAM, 0, PATH(octets) } },
	{ "connect", CALL, 0, SYS_connect,
	    { 0, PATH(&by_name), sizeof(by_name) } },
	{ "connect to an abstract socket", CALL, 0, SYS_connect,
	    { 0, PATH(&abstract), sizeof(abstract) } },
	{ "bind", CALL, 0, SYS_bind, { 0, PATH(&by_name), sizeof(by_name) } },
	{ "listen", CALL, 0, SYS_listen, { 0, 1 } },
	{ "accept", CALL, 0, SYS_accept4, { -1 } },
	{ "sendto an address", CALL, 0, SYS_sendto,
	    { 0, PATH("x"), 1, 0, PATH(&abstract), sizeof(abstract) } },
	{ "sendto an address above 32 bits", CALL, 0, SYS_sendto,
	    { 0, PATH("x"), 1, 0, 1L << 32, sizeof(abstract) } },
	{ "sendmsg", CALL, 0, SYS_sendmsg, { 0 } },
	{ "sendmmsg", CALL, 0, SYS_sendmmsg, { 0 } },
	{ "recvfrom", CALL, 0, SYS_recvfrom, { -1 } },
	{ "recvmsg", CALL, 0, SYS_recvmsg, { 0 } },
	{ "setsockopt", CALL, 0, SYS_setsockopt, { 0, SOL_SOCKET } },
	{ "getpeername", CALL, 0, SYS_getpeername, { 0 } },
	{ "shutdown", CALL, 0, SYS_shutdown, { -1 } },

	{ "kill the monitor", CALL, 0, SYS_kill, { THE_MONITOR } },
	{ "kill all", CALL, 0, SYS_kill, { -1 } },
	{ "tkill", CALL, 0, SYS_tkill, { THE_MONITOR } },
	{ "tgkill", CALL, 0, SYS_tgkill, { THE_MONITOR, THE_MONITOR } },
	{ "rt_sigqueueinfo", CALL, 0, SYS_rt_sigqueueinfo,
	    { THE_MONITOR, 0, PATH(octets) } },
	{ "rt_sigaction", CALL, 0, SYS_rt_sigaction, { -1 } },
	{ "pidfd_open", CALL, 0, SYS_pidfd_open, { THE_MONITOR } },
	{ "pidfd_send_signal", CALL, 0, SYS_pidfd_send_signal, { -1 } },
	{ "pidfd_getfd", CALL, 0, SYS_pidfd_getfd, { -1 } },
	{ "ptrace", CALL, 0, SYS_ptrace, { PTRACE_SEIZE, THE_MONITOR } },
	{ "read the monitor's memory", CALL, 0, SYS_process_vm_readv,
	    { THE_MONITOR } },
	{ "write the monitor's memory", CALL, 0, SYS_process_vm_writev,
	    { THE_MONITOR } },
	{ "kcmp", CALL, 0, SYS_kcmp, { THE_MONITOR } },
	{ "its limits", CALL, 0, SYS_prlimit64, { THE_MONITOR, -1 } },
	{ "its priority", CALL, 0, SYS_setpriority, { 0, THE_MONITOR } },
	{ "its processors", CALL, 0, SYS_sched_setaffinity, { THE_MONITOR } },
	{ "setpgid", CALL, 0, SYS_setpgid, { 0, 0 } },
	{ "setsid", CALL, 0, SYS_setsid, { 0 } },

	{ "fork by clone", CALL, 0, SYS_clone, { SIGCHLD } },
	{ "clone3", CALL, 0, SYS_clone3, { 0 } },
#ifdef SYS_fork
	{ "fork", CALL, 0, SYS_fork, { 0 } },
	{ "vfork", ALONE, 0, SYS_vfork, { 0 } },
#endif
	{ "unshare the mounts", CALL, 0, SYS_unshare, { CLONE_NEWNS } },
	{ "setns", CALL, 0, SYS_setns, { -1 } },
	{ "mount", CALL, 0, SYS_mount, { 0 } },
	{ "umount", CALL, 0, SYS_umount2, { 0 } },
	{ "move_mount", CALL, 0, SYS_move_mount, { -1 } },
	{ "open_tree", CALL, 0, SYS_open_tree, { -1 } },
	{ "fsopen", CALL, 0, SYS_fsopen, { 0 } },
	{ "pivot_root", CALL, 0, SYS_pivot_root, { 0 } },
	{ "chroot", CALL, 0, SYS_chroot, { PATH("/") } },
	{ "chdir", CALL, 0, SYS_chdir, { PATH(".") } },
	{ "fchdir", CALL, 0, SYS_fchdir, { -1 } },
	{ "umask", CALL, 0, SYS_umask, { 077 } },
	{ "setuid", CALL, 0, SYS_setuid, { -1 } },
	{ "setresuid", CALL, 0, SYS_setresuid, { -1, -1, -1 } },
	{ "setgroups", CALL, 0, SYS_setgroups, { 0 } },
	{ "capset", CALL, 0, SYS_capset, { 0 } },
	{ "personality", CALL, 0, SYS_personality, { READ_IMPLIES_EXEC } },
	{ "prctl that it may be traced", CALL, 0, SYS_prctl,
	    { PR_SET_DUMPABLE, 1 } },
	{ "prctl of the signal at the end of the parent", CALL, 0, SYS_prctl,
	    { PR_SET_PDEATHSIG, 0 } },
	{ "prctl of another list", CALL, 0, SYS_prctl, { PR_SET_SECCOMP, 99 } },
	{ "seccomp", CALL, 0, SYS_seccomp, { 99 } },
	{ "landlock", CALL, 0, SYS_landlock_restrict_self, { -1 } },

	{ "io_uring", CALL, 0, SYS_io_uring_setup, { 1 } },
	{ "bpf", CALL, 0, SYS_bpf, { -1 } },
	{ "keyctl", CALL, 0, SYS_keyctl, { 0, RETRIEVE_USER_KEYRING, 0 } },
	{ "add_key", CALL, 0, SYS_add_key, { 0 } },
	{ "memfd_create", CALL, 0, SYS_memfd_create, { PATH("x"), 0 } },
	{ "userfaultfd", CALL, 0, SYS_userfaultfd, { -1 } },
	{ "perf_event_open", CALL, 0, SYS_perf_event_open, { 0 } },
	{ "shared memory", CALL, 0, SYS_shmget, { OBSCURE_KEY } },
	{ "a message queue", CALL, 0, SYS_msgget, { OBSCURE_KEY } },
	{ "a POSIX message queue", CALL, 0, SYS_mq_open, { PATH("x") } },
	{ "timer_create", CALL, 0, SYS_timer_create, { -1 } },
	{ "inotify", CALL, 0, SYS_inotify_init1, { -1 } },
	{ "fanotify", CALL, 0, SYS_fanotify_init, { -1 } },
	{ "epoll", CALL, 0, SYS_epoll_create1, { -1 } },
	{ "splice", CALL, 0, SYS_splice, { -1, 0, -1, 0, 1 } },
	{ "sendfile", CALL, 0, SYS_sendfile, { -1, -1 } },
	{ "copy_file_range", CALL, 0, SYS_copy_file_range, { -1, 0, -1 } },
	{ "an open by a handle", CALL, 0, SYS_open_by_handle_at, { -1 } },
	{ "acct", CALL, 0, SYS_acct, { PATH("x") } },
	{ "reboot", CALL, 0, SYS_reboot, { 0 } },
	{ "settimeofday", CALL, 0, SYS_settimeofday, { 1, 1 } },
	{ "ioctl TIOCSTI", CALL, 0, SYS_ioctl, { 0, TIOCSTI, PATH(octets) } },
	{ "ioctl FIONBIO", CALL, 0, SYS_ioctl, { 2, FIONBIO, PATH(&zero) } },
	{ "writev", CALL, 0, SYS_writev, { -1 } },
	{ "readv", CALL, 0, SYS_readv, { -1 } },
	{ "preadv", CALL, 0, SYS_preadv, { -1 } },

	{ "executable memory", CALL, 0, SYS_mmap,
	    { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	        -1 } },
	{ "memory made executable", CALL, 0, SYS_mprotect,
	    { 0, 0, PROT_EXEC } },
	{ "pkey_mprotect", CALL, 0, SYS_pkey_mprotect, { 0, 0, 0, -1 } },
	{ "mremap", CALL, 0, SYS_mremap, { 0 } },
	{ "the log as memory", CALL, 0, SYS_mmap,
	    { 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 2, 0 } },
	{ "the exchange as memory", CALL, EXCHANGE, SYS_mmap,
	    { 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, AN_EXCHANGE, 0 } },
	{ "memory shared by another flag", CALL, 0, SYS_mmap,
	    { 0, 4096, PROT_READ | PROT_WRITE, 3 /* MAP_SHARED_VALIDATE */, 2,
	        0 } },

	{ "chmod outside", CALL, 0, SYS_fchmodat,
	    { HERE, PATH("out/file"), 0 } },
	{ "chmod inside", CALL, 0, SYS_fchmodat, { HERE, OLD, 0644 } },
	{ "chmod of what is open", CALL, 0, SYS_fchmod,
	    { A_USERS_FILE, 0666 } },
	{ "chown outside", CALL, 0, SYS_fchownat,
	    { HERE, PATH("out/file"), -1, -1, 0 } },
	{ "chown inside", CALL, 0, SYS_fchownat, { HERE, OLD, -1, -1, 0 } },
	{ "the time of a file", CALL, 0, SYS_utimensat,
	    { HERE, OLD, PATH(times), 0 } },
	{ "an attribute of a file", CALL, 0, SYS_setxattr,
	    { OLD, PATH("user.x"), PATH("x"), 1, 0 } },
	{ "rename outside", CALL, 0, SYS_renameat2,
	    { HERE, PATH("out/b"), HERE, PATH("out/r"), 0 } },
	{ "rename out", CALL, 0, SYS_renameat2,
	    { A_MAIL, PATH("moved"), HERE, PATH("out/moved"), 0 } },
	{ "rename in", CALL, 0, SYS_renameat2,
	    { HERE, PATH("out/e"), A_MAIL, PATH("e"), 0 } },
	{ "symlink outside", CALL, 0, SYS_symlinkat,
	    { PATH("/"), HERE, PATH("out/sym") } },
	{ "symlink inside", CALL, 0, SYS_symlinkat,
	    { PATH("/"), A_MAIL, PATH("sym") } },
	{ "a FIFO outside", CALL, 0, SYS_mknodat,
	    { HERE, PATH("out/fifo"), S_IFIFO | 0600, 0 } },
	{ "a FIFO inside", CALL, 0, SYS_mknodat,
	    { A_MAIL, PATH("fifo"), S_IFIFO | 0600, 0 } },
	{ "a device inside", CALL, 0, SYS_mknodat,
	    { A_MAIL, PATH("null"), S_IFCHR | 0600, 0x103 } },
	{ "truncate outside", CALL, 0, SYS_truncate, { PATH("out/cut"), 0 } },
	{ "truncate somebody's mail", CALL, 0, SYS_truncate,
	    { PATH("mail/bob@example.org/new/cut"), 0 } },

	{ "seek in the log", CALL, 0, SYS_lseek, { 2, 0, 0 } },
	{ "write before the log's end", CALL, 0, SYS_pwrite64,
	    { 2, PATH("lie"), 3, 0 } },
	{ "seek in the exchange", CALL, EXCHANGE, SYS_lseek, { AN_EXCHANGE } },
	{ "write in the exchange", CALL, EXCHANGE, SYS_pwrite64,
	    { AN_EXCHANGE, PATH("lie"), 3, 0 } },
	{ "punch a hole in the log", CALL, 0, SYS_fallocate,
	    { 2, PUNCH, 0, 1 } },
	{ "truncate the exchange", CALL, EXCHANGE, SYS_ftruncate,
	    { AN_EXCHANGE, 0 } },
	{ "truncate the log", CALL, 0, SYS_ftruncate, { 2, 0 } },
	{ "flock", CALL, 0, SYS_flock, { 2, 8 /* LOCK_UN */ } },
	{ "F_SETLK", CALL, 0, SYS_fcntl, { 2, F_SETLK, 0 } },
	{ "F_SETFL", CALL, 0, SYS_fcntl, { 2, F_SETFL, O_NONBLOCK } },
	{ "F_SETOWN", CALL, 0, SYS_fcntl, { 2, F_SETOWN, 0 } },
	{ "F_SETSIG", CALL, 0, SYS_fcntl, { 2, F_SETSIG, 0 } },
	{ "F_SETLEASE", CALL, 0, SYS_fcntl, { 2, F_SETLEASE, F_UNLCK } },
	{ "F_NOTIFY", CALL, 0, SYS_fcntl, { A_MAIL, F_NOTIFY, 0 } },
	{ "F_SETPIPE_SZ", CALL, 0, SYS_fcntl, { 2, F_SETPIPE_SZ, 4096 } },
	{ "F_ADD_SEALS", CALL, 0, SYS_fcntl, { 2, F_ADD_SEALS, 0 } },
	{ "F_DUPFD", CALL, 0, SYS_fcntl, { 2, F_DUPFD, 0 } },
	{ "dup", CALL, 0, SYS_dup, { 2 } },
	{ "dup over the log", CALL, 0, SYS_dup3, { 1, 2, 0 } },
#ifdef SYS_dup2
	{ "dup2 over the log", CALL, 0, SYS_dup2, { 1, 2 } },
	{ "creat", CALL, 0, SYS_creat, { PATH("out/creat"), 0600 } },
	{ "rename", CALL, 0, SYS_rename, { PATH("out/x"), PATH("out/y") } },
	{ "unlink", CALL, 0, SYS_unlink, { PATH("out/x") } },
#endif
	{ 0 },
	/* clang-format on */
};

static const char *const words[] = { "run", 0 };

/* Without the list the first of them replaces this process. */
const struct attempt hijack_ends[] = {
	/* clang-format off */
	{ "execute a program", CALL, 0, SYS_execve,
	    { PATH("out/run"), PATH(words), PATH(words + 1) } },
	{ "execute what is below --mail", CALL, 0, SYS_execve,
	    { PATH("mail/run"), PATH(words), PATH(words + 1) } },
	{ "execute by execveat", CALL, 0, SYS_execveat,
	    { A_MAIL, PATH("run"), PATH(words), PATH(words + 1), 0 } },
	{ 0 },
	/* clang-format on */
};
