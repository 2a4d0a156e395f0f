/* Runs a program that receives a message.  See command.h. */
#include "store/command.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os.h"
#include "base/process.h"
#include "base/text.h"
#include "store/envelope.h"

enum {
	QMAIL_PERMANENT = 100, /* exit code of qmail's programs */
	KILL_PATIENCE = 5000,  /* ms until a killed process is not waited for */
	MESSAGE_N = 7,         /* variables on message and recipient */
};

static_assert(MESSAGE_N + COMMAND_CLIENT_N <= PROCESS_VARIABLES_MAX,
    "process_exec() takes all variables");

static void
on_child(int sig)
{
	(void)sig; /* its only purpose is to interrupt pselect() */
}

/* Lets SIGCHLD interrupt the wait in wait_child(); it is blocked otherwise. */
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

/* Waits until PID exits or DEADLINE (os_monotonic_ms()) passes.  False: the
 * deadline passed.  SIGTERM does not interrupt it. */
static bool
wait_child(pid_t pid, int64_t deadline, int *ret_status)
{
	struct timespec wait;
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGCHLD);
	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		wait = os_time_left(deadline);
		if (wait.tv_sec == 0 && wait.tv_nsec == 0)
			return false;
		pselect(0, NULL, NULL, NULL, &wait, &mask);
	}
	return true;
}

/* Executes the command.  Runs in the child, so it changes nothing in the
 * parent. */
static _Noreturn void
exec_command(const struct envelope_command *c, const struct command_input *in)
{
	char size[TEXT_NUMBER_MAX];
	struct process_variable ours[MESSAGE_N + COMMAND_CLIENT_N] = {
		{ "SENDER", in->sender },
		{ "RECIPIENT", span_of(c->recipient) },
		{ "LOCAL", span_of(c->local) },
		{ "EXTENSION", span_of(c->extension) },
		{ "DOMAIN", span_of(c->domain) },
		{ "SMTP_ID", in->id },
		{ "SMTP_SIZE", text_of_number(size, in->size) },
	};
	char line[USERFILE_LINE_MAX + 1];
	char *argv[PROCESS_WORDS_MAX];
	int log = in->log;
	size_t n = MESSAGE_N;

	if (in->client) {
		memcpy(ours + n, in->client, COMMAND_CLIENT_N * sizeof(*ours));
		n += COMMAND_CLIENT_N;
	}
	setpgid(0, 0);
	if (log < 0)
		log = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (dup2(in->message, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(EX_TEMPFAIL);
	strcpy(line, c->line); /* fits: it is part of a line of users.txt */
	if (process_split(line, argv, PROCESS_WORDS_MAX) > 0)
		process_exec(argv, ours, n);
	_exit(EX_TEMPFAIL); /* the program may be installed later */
}

static enum command_result
judge(int status, int *ret_status)
{
	*ret_status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	switch (*ret_status) {
	case 0:
		return COMMAND_DONE;
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_UNAVAILABLE:
	case EX_PROTOCOL:
	case EX_NOPERM:
	case QMAIL_PERMANENT:
		return COMMAND_REFUSES;
	default:
		return COMMAND_FAILS;
	}
}

enum command_result
command_run(const struct envelope_command *command,
    const struct command_input *input, int64_t deadline, int *ret_status)
{
	int status = EX_TEMPFAIL << 8; /* if waitpid() fails */
	pid_t pid;

	*ret_status = -1;
	watch_children();
	pid = fork();
	if (pid < 0)
		return COMMAND_FAILS;
	if (pid == 0)
		exec_command(command, input);
	setpgid(pid, pid); /* in parent and child, to avoid a race */
	if (!wait_child(pid, deadline, &status)) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL); /* it may have left its group */
		wait_child(pid, os_monotonic_ms() + KILL_PATIENCE, &status);
	}
	return judge(status, ret_status);
}
