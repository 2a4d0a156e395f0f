/* Starts and executes other programs.  See process.h. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"
#include "base/os.h"
#include "base/text.h"

enum {
	ENVIRONMENT_MAX = 1024,
	OCTETS_MAX = PROCESS_VARIABLES_MAX * 4200,
	DESCRIPTORS = 4,      /* that a child gets */
	KILL_PATIENCE = 5000, /* ms until a killed process is not waited for */
};

extern char **environ;

/* The path to search if PATH is not set. */
static const char usual_path[] = "/usr/local/bin:/bin:/usr/bin";

size_t
process_split(char *line, char *argv[], size_t max)
{
	size_t n = 0;

	for (;;) {
		while (is_blank((unsigned char)*line))
			*line++ = '\0';
		if (*line == '\0')
			break;
		if (n == max - 1)
			return 0;
		argv[n++] = line;
		line += strcspn(line, " \t");
	}
	argv[n] = NULL;
	return n;
}

static bool
is_executable(const char *path)
{
	struct stat st;

	return fstatat(AT_FDCWD, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

static struct span
search_path(void)
{
	const char *path = getenv("PATH");

	return span_of(path ? path : usual_path);
}

/* Takes the first directory off the front of *DIRS and writes the path of NAME
 * in it to BUFFER, or nothing if it is too long.  Returns whether another
 * directory follows. */
static bool
take_place(struct span *dirs, const char *name,
    char buffer[static PROCESS_PATH_MAX])
{
	struct span dir = span_take_until(dirs, ':');
	struct text t = text_in(buffer, PROCESS_PATH_MAX);

	text_span(&t, dir.n > 0 ? dir : span_of("."));
	text_char(&t, '/');
	text_add(&t, name);
	if (!text_end(&t))
		buffer[0] = '\0';
	return span_take(dirs, ':');
}

const char *
process_find(const char *name, char buffer[static PROCESS_PATH_MAX])
{
	struct span dirs = search_path();
	bool more = true;

	if (strchr(name, '/'))
		return is_executable(name) ? name : NULL;
	while (more) {
		more = take_place(&dirs, name, buffer);
		if (is_executable(buffer))
			return buffer;
	}
	return NULL;
}

bool
process_is_executable(const char *name)
{
	char buffer[PROCESS_PATH_MAX];

	return process_find(name, buffer) != NULL;
}

/* A program that is not there counts, too: it could be made before it is
 * executed. */
bool
process_lies_beneath(const char *line, int dir)
{
	char buffer[PROCESS_PATH_MAX], name[PROCESS_PATH_MAX];
	struct span rest = span_trim(span_of(line)), dirs = search_path();
	struct text t = text_in(name, sizeof(name));
	bool more = true;

	text_span(&t, span_take_while(&rest, is_not_blank));
	if (!text_end(&t))
		return false;
	if (strchr(name, '/'))
		return beneath(name, dir);
	while (more) {
		more = take_place(&dirs, name, buffer);
		if (beneath(buffer, dir))
			return true;
		if (is_executable(buffer))
			return false;
	}
	return false;
}

static char *
add_variable(struct text *t, const struct process_variable *v)
{
	char *variable = t->s + t->n;

	text_add(t, v->name);
	text_char(t, '=');
	text_span(t, v->value);
	text_char(t, '\0');
	return variable;
}

/* True if OURS replaces VARIABLE.  The old one must be removed: of two
 * variables of one name, some programs read the first, some the last. */
static bool
is_ours(const char *variable, const struct process_variable ours[], size_t n)
{
	struct span rest, name;
	size_t i;

	rest = span_of(variable);
	name = span_take_until(&rest, '=');
	for (i = 0; i < n; i++)
		if (strlen(ours[i].name) == name.n &&
		    memcmp(ours[i].name, name.s, name.n) == 0)
			return true;
	return false;
}

static void
set_environment(const struct process_variable ours[], size_t n)
{
	static char octets[OCTETS_MAX];
	static char *variables[ENVIRONMENT_MAX];
	struct text t = text_in(octets, sizeof(octets));
	size_t all, i;

	for (all = 0; all < n; all++)
		variables[all] = add_variable(&t, &ours[all]);
	for (i = 0; environ[i] && all < ENVIRONMENT_MAX - 1; i++)
		if (!is_ours(environ[i], ours, n))
			variables[all++] = environ[i];
	variables[all] = NULL;
	environ = variables;
}

static void
restore_signals(void)
{
	static const int ours[] = { SIGPIPE, SIGXFSZ, SIGTERM, SIGALRM,
		SIGCHLD };
	struct sigaction act = { 0 };
	sigset_t none;
	size_t i;

	act.sa_handler = SIG_DFL;
	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		sigaction(ours[i], &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
process_exec(char *const argv[], const struct process_variable ours[], size_t n)
{
	restore_signals();
	if (n > 0)
		set_environment(ours, n);
	execvp(argv[0], argv);
}

/* Says on standard error why LINE cannot be executed. */
static void
complain(const char *line, int error)
{
	char words[PROCESS_LINE_MAX + 1];
	struct span rest = span_of(line);
	struct text t = text_in(words, sizeof(words));
	ssize_t done;

	text_span(&t, span_take_until(&rest, ' '));
	text_add(&t, " cannot be executed: ");
	text_add(&t, strerror(error));
	text_char(&t, '\n');
	done = write(STDERR_FILENO, words, t.n);
	(void)done; /* there is no other place to report it */
}

void
process_exec_line(const char *line, const struct process_variable ours[],
    size_t n)
{
	char words[PROCESS_LINE_MAX + 1], *argv[PROCESS_WORDS_MAX];
	struct text t = text_in(words, sizeof(words));

	text_add(&t, line);
	errno = E2BIG;
	if (text_end(&t) && process_split(words, argv, PROCESS_WORDS_MAX) > 0)
		process_exec(argv, ours, n);
	complain(line, errno);
}

int
process_pipe(int *ret_read, int *ret_write)
{
	int ends[2];

	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

/* Makes TO a copy of FROM that a program inherits. */
static int
copy_descriptor(int from, int to)
{
	return from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to);
}

/* Sets the descriptors 0 to 3.  They are first moved out of the way, because
 * one may be the number of another. */
static int
set_descriptors(const int fd[static DESCRIPTORS])
{
	int from[DESCRIPTORS], i;

	for (i = 0; i < DESCRIPTORS; i++) {
		from[i] = fd[i];
		if (i <= STDERR_FILENO && fd[i] < 0)
			from[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (from[i] >= 0 && from[i] < DESCRIPTORS && from[i] != i)
			from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, DESCRIPTORS);
		if (i <= STDERR_FILENO && from[i] < 0)
			return -1;
	}
	for (i = 0; i < DESCRIPTORS; i++)
		if (from[i] >= 0 && copy_descriptor(from[i], i) < 0)
			return -1;
	return 0;
}

static _Noreturn void
run_child(const struct process *p)
{
	if (p->own_group)
		setpgid(0, 0);
	if (set_descriptors(p->fd) < 0)
		_exit(EX_OSERR);
	_exit(p->run(p->of));
}

static void
on_child(int sig)
{
	(void)sig; /* its only purpose is to interrupt os_pause() */
}

/* Blocks SIGCHLD, which then interrupts os_pause() only.  An inherited SIG_IGN
 * would lose the status of the child. */
static void
watch_children(void)
{
	struct sigaction act = { 0 };
	sigset_t children;

	act.sa_handler = on_child;
	sigaction(SIGCHLD, &act, NULL);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
}

pid_t
process_start(const struct process *p)
{
	pid_t pid;

	watch_children();
	pid = fork();
	if (pid == 0)
		run_child(p);
	if (pid > 0 && p->own_group)
		setpgid(pid, pid); /* in parent and child, to avoid a race */
	return pid;
}

pid_t
process_start_piped(struct process *p, int *ret_to, int *ret_from)
{
	pid_t pid = -1;

	if (process_pipe(&p->fd[0], ret_to) < 0)
		return -1;
	if (process_pipe(ret_from, &p->fd[1]) == 0) {
		pid = process_start(p);
		file_close(p->fd[1]);
		if (pid < 0)
			file_close(*ret_from);
	}
	file_close(p->fd[0]);
	if (pid < 0)
		file_close(*ret_to);
	return pid;
}

int
process_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool
process_wait(pid_t pid, int64_t deadline, int *ret_status)
{
	int status;
	pid_t ended;

	for (;;) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended != 0)
			break;
		if (os_monotonic_ms() >= deadline)
			return false;
		os_pause(NULL, 0, deadline);
	}
	*ret_status = ended > 0 ? process_status(status) : -1;
	return true;
}

void
process_kill(pid_t pid, bool own_group)
{
	int status;

	if (own_group)
		kill(-pid, SIGKILL);
	kill(pid, SIGKILL); /* it may have left its group */
	process_wait(pid, os_monotonic_ms() + KILL_PATIENCE, &status);
}
