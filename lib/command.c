/* A message handed to a program.  See command.h. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "envelope.h"
#include "os.h"
#include "text.h"

enum {
	ARGV_MAX = 128,
	ENVIRONMENT_MAX = 1024,
	OURS = 5, /* variables */
	OURS_OCTETS = 6 * LISTING_LINE_MAX,
};

extern char **environ;

/* Splits LINE into words, in place.  False: there are too many. */
static bool
split(char *line, char *argv[static ARGV_MAX])
{
	size_t n = 0;
	char *blank;

	do {
		if (n == ARGV_MAX - 1)
			return false;
		argv[n++] = line;
		blank = strchr(line, ' ');
		if (blank) {
			*blank = '\0';
			line = blank + 1;
		}
	} while (blank);
	argv[n] = NULL;
	return true;
}

static char *
add_variable(struct text *t, const char *name, struct span value)
{
	char *variable = t->s + t->n;

	text_add(t, name);
	text_char(t, '=');
	text_span(t, value);
	text_char(t, '\0');
	return variable;
}

/* Some programs take the first of two variables of a name, some the last. */
static bool
is_ours(const char *variable)
{
	static const char *const ours[OURS] = { "SENDER=", "RECIPIENT=",
		"LOCAL=", "EXTENSION=", "DOMAIN=" };
	size_t i;

	for (i = 0; i < OURS; i++)
		if (strncmp(variable, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

static void
set_environment(const struct envelope_command *c, struct span sender)
{
	static char octets[OURS_OCTETS];
	static char *variables[ENVIRONMENT_MAX];
	struct text t = text_in(octets, sizeof(octets));
	size_t n = 0, i;

	variables[n++] = add_variable(&t, "SENDER", sender);
	variables[n++] = add_variable(&t, "RECIPIENT", span_of(c->recipient));
	variables[n++] = add_variable(&t, "LOCAL", span_of(c->local));
	variables[n++] = add_variable(&t, "EXTENSION", span_of(c->extension));
	variables[n++] = add_variable(&t, "DOMAIN", span_of(c->domain));
	for (i = 0; environ[i] && n < ENVIRONMENT_MAX - 1; i++)
		if (!is_ours(environ[i]))
			variables[n++] = environ[i];
	variables[n] = NULL;
	environ = variables;
}

static void
on_child(int sig)
{
	(void)sig; /* it has done its work when it broke the wait */
}

/* The end of a child breaks a wait of ours, and nothing else. */
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

/* Waits for the end of PID until DEADLINE.  SIGTERM has to wait, too. */
static bool
wait_child(pid_t pid, int64_t deadline, int *ret_status)
{
	struct timespec wait;
	sigset_t mask;
	int64_t left;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGCHLD);
	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		left = deadline - os_now();
		if (left <= 0)
			return false;
		wait.tv_sec = (time_t)(left / 1000);
		wait.tv_nsec = (long)(left % 1000) * 1000000;
		pselect(0, NULL, NULL, NULL, &wait, &mask);
	}
	return true;
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

/* The child: what is opened and changed here is its own. */
static _Noreturn void
become(const struct envelope_command *c, struct span sender, int message,
    int log)
{
	char line[LISTING_LINE_MAX + 1];
	char *argv[ARGV_MAX];

	setpgid(0, 0);
	restore_signals();
	if (log < 0)
		log = open("/dev/null", O_RDWR);
	if (dup2(message, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(75);
	strcpy(line, c->line); /* no longer than a line of users.txt */
	set_environment(c, sender);
	if (split(line, argv))
		execvp(argv[0], argv);
	_exit(75); /* the operator may yet install it */
}

static enum command_result
judge(int status, int *ret_status)
{
	*ret_status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	switch (*ret_status) {
	case 0:
		return COMMAND_DONE;
	case 65:  /* EX_DATAERR */
	case 67:  /* EX_NOUSER */
	case 69:  /* EX_UNAVAILABLE */
	case 76:  /* EX_PROTOCOL */
	case 77:  /* EX_NOPERM */
	case 100: /* qmail's word for it */
		return WIFEXITED(status) ? COMMAND_REFUSES : COMMAND_FAILS;
	default:
		return COMMAND_FAILS;
	}
}

enum command_result
command_run(const struct envelope_command *command, struct span sender,
    int message, int log, unsigned seconds, int *ret_status)
{
	int64_t deadline = os_now() + (int64_t)seconds * 1000;
	int status = 75 << 8; /* the wait cannot fail, but if it did */
	pid_t pid;

	*ret_status = -1;
	watch_children();
	pid = fork();
	if (pid < 0)
		return COMMAND_FAILS;
	if (pid == 0)
		become(command, sender, message, log);
	setpgid(pid, pid); /* whoever of us two is first */
	if (!wait_child(pid, deadline, &status)) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return judge(status, ret_status);
}
