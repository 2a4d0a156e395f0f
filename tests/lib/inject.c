/* inject TRACE FAULT... -- PROGRAM ARGUMENT... - lets system calls fail
 *
 * PROGRAM runs with all processes that it starts, until these execute another
 * program, and the calls of each are printed to the file TRACE.  A process is
 * named by its birth: 1 is PROGRAM, 1.2 the second that it started.
 *
 * FAULT is PROCESS:CALL:WHAT:N, for the Nth call of that name in that process;
 * PROCESS may be `*`, N is 0 for every call.  WHAT is an error (the call is not
 * made), a signal (sent before the call), SHORT (a read or write of half as
 * many octets), or CUT (the same, and then SIGKILL).
 *
 * Unlike strace it tells the processes apart.  Ends as PROGRAM does, after all
 * that it started, and says `left PROCESS` if one outlives it by a second. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls by name, with the arguments that are printed: d is a number, s a
 * string, p an array of struct pollfd. */
static const struct call {
	const char *name, *arguments;
	long number;
} calls[] = {
#define CALL(name, arguments)                                                  \
	{                                                                      \
#name, arguments, SYS_##name                                   \
	}
	CALL(brk, ""),
	CALL(clock_gettime, ""),
	CALL(clone, ""),
	CALL(close, "d"),
	CALL(close_range, "d"),
	CALL(dup3, "dd"),
	CALL(execve, "s"),
	CALL(exit_group, "d"),
	CALL(faccessat, "ds"),
	CALL(faccessat2, "ds"),
	CALL(fchdir, "d"),
	CALL(fcntl, "dd"),
	CALL(fstat, "d"),
	CALL(fstatfs, "d"),
	CALL(fsync, "d"),
	CALL(ftruncate, "d"),
	CALL(getcwd, ""),
	CALL(getdents64, "d"),
	CALL(geteuid, ""),
	CALL(getpid, ""),
	CALL(getppid, ""),
	CALL(getrandom, ""),
	CALL(getsockopt, "d"),
	CALL(gettid, ""),
	CALL(ioctl, "d"),
	CALL(kill, "dd"),
	CALL(landlock_add_rule, ""),
	CALL(landlock_create_ruleset, ""),
	CALL(landlock_restrict_self, ""),
	CALL(linkat, "dsds"),
	CALL(lseek, "d"),
	CALL(mkdirat, "ds"),
	CALL(mmap, ""),
	CALL(munmap, ""),
	CALL(newfstatat, "ds"),
	CALL(openat, "ds"),
	CALL(openat2, "ds"),
	CALL(pipe2, ""),
	CALL(ppoll, "p"),
	CALL(prctl, "d"),
	CALL(pread64, "d"),
	CALL(prlimit64, ""),
	CALL(read, "d"),
	CALL(readlinkat, "ds"),
	CALL(rt_sigaction, "d"),
	CALL(rt_sigpending, ""),
	CALL(rt_sigprocmask, ""),
	CALL(rt_sigreturn, ""),
	CALL(set_tid_address, ""),
	CALL(setitimer, ""),
	CALL(setpgid, "dd"),
	CALL(statfs, "s"),
	CALL(statx, "ds"),
	CALL(sync_file_range, "d"),
	CALL(umask, ""),
	CALL(uname, ""),
	CALL(unlinkat, "ds"),
	CALL(wait4, "d"),
	CALL(write, "d"),
#ifdef __x86_64__
	CALL(access, "s"),
	CALL(arch_prctl, ""),
	CALL(dup2, "dd"),
	CALL(fork, ""),
	CALL(lstat, "s"),
	CALL(mkdir, "s"),
	CALL(open, "s"),
	CALL(pipe, ""),
	CALL(poll, "p"),
	CALL(readlink, "s"),
	CALL(stat, "s"),
	CALL(time, ""),
#endif
#undef CALL
};

enum {
	CALLS = sizeof(calls) / sizeof(*calls),
	PROCESSES_MAX = 64,
	NAME_MAX_OCTETS = 64,
	FAULTS_MAX = 8,
};

static const struct {
	const char *name;
	int error;
} errors[] = {
#define ERROR(name)                                                            \
	{                                                                      \
#name, name                                                    \
	}
	ERROR(E2BIG),
	ERROR(EACCES),
	ERROR(EAGAIN),
	ERROR(EBUSY),
	ERROR(ECHILD),
	ERROR(ECONNRESET),
	ERROR(EDQUOT),
	ERROR(EEXIST),
	ERROR(EFBIG),
	ERROR(EINTR),
	ERROR(EINVAL),
	ERROR(EIO),
	ERROR(EISDIR),
	ERROR(ELOOP),
	ERROR(EMFILE),
	ERROR(EMLINK),
	ERROR(ENFILE),
	ERROR(ENOENT),
	ERROR(ENOMEM),
	ERROR(ENOSPC),
	ERROR(ENOSYS),
	ERROR(EOPNOTSUPP),
	ERROR(EPERM),
	ERROR(EPIPE),
	ERROR(EROFS),
	ERROR(ESRCH),
	ERROR(EXDEV),
#undef ERROR
};

struct fault {
	char process[NAME_MAX_OCTETS], call[NAME_MAX_OCTETS];
	int error, signal; /* or 0 */
	int cuts, kills;   /* SHORT and CUT */
	unsigned n;
};

struct process {
	pid_t pid; /* 0: this place is free */
	char name[NAME_MAX_OCTETS];
	unsigned children, made[CALLS];
	int is_stopped, is_detached;
	int entered;               /* number of the current call in `calls` */
	const struct fault *fault; /* of the current call */
	uint64_t octets;           /* its third argument, where it is cut */
};

static struct fault faults[FAULTS_MAX];
static size_t faults_n;
static struct process processes[PROCESSES_MAX];
static FILE *trace;

static void
stop(const char *why)
{
	perror(why);
	exit(70);
}

#if defined(__x86_64__)
static void
change(pid_t pid, const uint64_t *call, const uint64_t *octets,
    const uint64_t *result)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		return;
	if (call)
		r.orig_rax = *call;
	if (octets)
		r.rdx = *octets;
	if (result)
		r.rax = *result;
	ptrace(PTRACE_SETREGS, pid, NULL, &r);
}
#elif defined(__aarch64__)
static void
change(pid_t pid, const uint64_t *call, const uint64_t *octets,
    const uint64_t *result)
{
	struct user_regs_struct r;
	struct iovec all = { &r, sizeof(r) };
	int number = call ? (int)*call : 0;
	struct iovec one = { &number, sizeof(number) };

	if (call)
		ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &one);
	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) < 0)
		return;
	if (octets)
		r.regs[2] = *octets;
	if (result)
		r.regs[0] = *result;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all);
}
#else
#error "it does not know how this machine passes arguments"
#endif

/* The registers of the current call. */
static int
registers(pid_t pid, uint64_t *number, uint64_t argument[4])
{
#if defined(__x86_64__)
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		return -1;
	*number = r.orig_rax;
	argument[0] = r.rdi;
	argument[1] = r.rsi;
	argument[2] = r.rdx;
	argument[3] = r.r10;
#else
	struct user_regs_struct r;
	struct iovec all = { &r, sizeof(r) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all) < 0)
		return -1;
	*number = r.regs[8];
	memcpy(argument, r.regs, 4 * sizeof(*argument));
#endif
	return 0;
}

static void
parse_what(struct fault *f, const char *what)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(what, errors[i].name) == 0)
			f->error = errors[i].error;
	if (strcmp(what, "SIGKILL") == 0)
		f->signal = SIGKILL;
	if (strcmp(what, "SIGTERM") == 0)
		f->signal = SIGTERM;
	f->kills = strcmp(what, "CUT") == 0;
	f->cuts = f->kills || strcmp(what, "SHORT") == 0;
}

static int
parse(struct fault *f, const char *text)
{
	char what[NAME_MAX_OCTETS];

	if (sscanf(text, "%63[^:]:%63[^:]:%63[^:]:%u", f->process, f->call,
	        what, &f->n) != 4)
		return -1;
	parse_what(f, what);
	return f->error || f->signal || f->cuts ? 0 : -1;
}

static struct process *
find(pid_t pid)
{
	size_t i;

	for (i = 0; i < PROCESSES_MAX; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

static struct process *
add(pid_t pid)
{
	struct process *p = find(0);

	if (!p)
		stop("too many processes");
	memset(p, 0, sizeof(*p));
	p->pid = pid;
	p->entered = -1;
	return p;
}

static void
resume(struct process *p, int sig)
{
	ptrace(PTRACE_SYSCALL, p->pid, NULL, (void *)(intptr_t)sig);
}

/* Prints the string at ADDRESS of the process. */
static void
print_string(pid_t pid, uint64_t address)
{
	union {
		long word;
		char octet[sizeof(long)];
	} u;
	size_t i, n;

	fputc('"', trace);
	for (n = 0; n < 256; n++) {
		i = n % sizeof(long);
		errno = 0;
		if (i == 0)
			u.word = ptrace(PTRACE_PEEKDATA, pid,
			    (void *)(uintptr_t)(address + n), NULL);
		if (errno || u.octet[i] == '\0')
			break;
		fputc(u.octet[i], trace);
	}
	fputc('"', trace);
}

static void
print_poll(pid_t pid, uint64_t address, uint64_t n)
{
	uint64_t i;
	long word;

	fputc('[', trace);
	for (i = 0; address && i < n && i < 4; i++) {
		word = ptrace(PTRACE_PEEKDATA, pid,
		    (void *)(uintptr_t)(address + i * sizeof(struct pollfd)),
		    NULL);
		fprintf(trace, "%s{fd=%d}", i > 0 ? ", " : "",
		    (int)(word & 0x7fffffff));
	}
	fputc(']', trace);
}

static void
print_call(const struct process *p, const uint64_t argument[4])
{
	const struct call *c = &calls[p->entered];
	size_t i;

	fprintf(trace, "%s %s(", p->name, c->name);
	for (i = 0; c->arguments[i]; i++) {
		fprintf(trace, "%s", i > 0 ? ", " : "");
		if (c->arguments[i] == 'd')
			fprintf(trace, "%d", (int)argument[i]);
		else if (c->arguments[i] == 's')
			print_string(p->pid, argument[i]);
		else
			print_poll(p->pid, argument[i], argument[i + 1]);
	}
	fprintf(trace, ")%s\n", p->fault ? " INJECTED" : "");
	fflush(trace);
}

static const struct fault *
fault_of(const struct process *p)
{
	const struct fault *f;

	for (f = faults; f < faults + faults_n; f++)
		if ((f->n == 0 || f->n == p->made[p->entered]) &&
		    strcmp(f->call, calls[p->entered].name) == 0 &&
		    (f->process[0] == '*' || strcmp(f->process, p->name) == 0))
			return f;
	return NULL;
}

static void
enter(struct process *p)
{
	const uint64_t none = (uint64_t)-1;
	uint64_t number, argument[4], half;
	size_t i;

	p->entered = CALLS; /* one that has no name here */
	p->fault = NULL;
	if (registers(p->pid, &number, argument) < 0)
		return;
	for (i = 0; i < CALLS; i++)
		if ((uint64_t)calls[i].number == number)
			p->entered = (int)i;
	if (p->entered == CALLS)
		return;
	p->made[p->entered]++;
	p->fault = fault_of(p);
	print_call(p, argument);
	if (!p->fault)
		return;
	half = (argument[2] + 1) / 2;
	p->octets = argument[2];
	if (p->fault->error && number == SYS_close)
		return; /* a descriptor is closed even if that fails */
	if (p->fault->error)
		change(p->pid, &none, NULL, NULL);
	else if (p->fault->cuts)
		change(p->pid, NULL, &half, NULL);
	else
		kill(p->pid, p->fault->signal);
}

static void
leave(struct process *p)
{
	uint64_t result;

	if (p->fault && p->fault->error) {
		result = (uint64_t) - (int64_t)p->fault->error;
		change(p->pid, NULL, NULL, &result);
	}
	if (p->fault && p->fault->cuts)
		change(p->pid, NULL, &p->octets, NULL);
	if (p->fault && p->fault->kills)
		kill(p->pid, SIGKILL);
	p->entered = -1;
	p->fault = NULL;
}

static void
born(struct process *parent)
{
	struct process *child;
	unsigned long pid;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid);
	child = find((pid_t)pid);
	if (!child)
		child = add((pid_t)pid);
	snprintf(child->name, sizeof(child->name), "%.50s.%u", parent->name,
	    ++parent->children);
	if (child->is_stopped)
		resume(child, 0);
	child->is_stopped = 0;
}

/* A stop of the process P.  A new process stops by SIGSTOP, perhaps before its
 * parent says that it is there. */
static void
stopped(struct process *p, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE)
		born(p);
	if (event == PTRACE_EVENT_EXEC) {
		ptrace(PTRACE_DETACH, p->pid, NULL, NULL);
		p->is_detached = 1;
		return;
	}
	if (!event && sig == SIGSTOP && !p->name[0]) {
		p->is_stopped = 1;
		return;
	}
	if (sig == (SIGTRAP | 0x80)) {
		if (p->entered < 0)
			enter(p);
		else
			leave(p);
		sig = 0;
	}
	resume(p, event || sig == SIGSTOP ? 0 : sig);
}

/* Returns the first process, which has executed the program. */
static pid_t
start(char *argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		stop("inject: it cannot be traced");
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	        PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	        PTRACE_O_EXITKILL));
	strcpy(add(pid)->name, "1");
	resume(find(pid), 0);
	return pid;
}

/* Waits for all processes; this one adopts those whose parent has ended.
 * Returns the status of FIRST. */
static int
follow(pid_t first)
{
	int status, of_first = 0;
	struct process *p;
	time_t ended = 0;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			return of_first;
		p = find(pid);
		if (!WIFSTOPPED(status)) {
			if (p && ended && time(NULL) > ended + 1)
				fprintf(trace, "left %s\n", p->name);
			if (pid == first) {
				of_first = status;
				ended = time(NULL);
			}
			if (p)
				p->pid = 0;
			continue;
		}
		if (p && p->is_detached)
			continue;
		stopped(p ? p : add(pid), status);
	}
}

int
main(int argc, char *argv[])
{
	int i, status;

	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (faults_n == FAULTS_MAX ||
		    parse(&faults[faults_n++], argv[i]) < 0) {
			fprintf(stderr, "inject: %s\n", argv[i]);
			return 64;
		}
	trace = i + 1 < argc ? fopen(argv[1], "we") : NULL;
	if (!trace)
		stop("inject");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	status = follow(start(argv + i + 1));
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
