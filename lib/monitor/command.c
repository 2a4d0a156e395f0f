/* Runs a program that receives a message.  See command.h. */
#include "monitor/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "base/tempfile.h"
#include "base/text.h"
#include "monitor/output.h"
#include "monitor/request.h"
#include "smtp/path.h"
#include "smtp/peer.h"
#include "users/action.h"

enum {
	BLOCK = 32 * 1024,
	KILL_PATIENCE = 5000, /* ms until killed processes are not waited for */
	KILL_PAUSE = 10,      /* ms until it is tried again */
	ENVELOPE_FD = 3,
};

/* Copies N octets of the exchange from OFFSET on to a new file.  Returns its
 * read-only descriptor, or -1 with errno. */
static int
copy(const struct command *c, uint64_t offset, uint64_t n)
{
	char block[BLOCK];
	int reader = -1, fd = tempfile_scratch(c->mail, &reader);
	ssize_t got = 0;
	size_t want;

	while (fd >= 0 && n > 0) {
		want = n < sizeof(block) ? (size_t)n : sizeof(block);
		got = file_read_at(c->exchange, block, want, offset);
		if (got == 0)
			errno = EIO; /* it is shorter than the request says */
		if (got <= 0 || file_write_all(fd, block, (size_t)got) < 0)
			break;
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
	if (fd >= 0)
		file_close(fd);
	if (n > 0 && reader >= 0) {
		file_close(reader);
		reader = -1;
	}
	return reader;
}

/* The name that tcpserver looked up, if it did. */
static struct span
host_name(const struct command *c)
{
	const char *name = c->proxied ? NULL : getenv("TCPREMOTEHOST");

	return name && path_is_host(span_of(name)) ? span_of(name)
	                                           : span_of("unknown");
}

/* Executes the command OF in the child.  The names on the client are those of
 * Postfix's local(8). */
static int
exec_command(void *of)
{
	const struct command *c = of;
	const struct request *q = c->request;
	struct span cipher = span_of(c->peer->tls);
	struct span tls = span_take_until(&cipher, ' ');
	char size[TEXT_NUMBER_MAX], port[TEXT_NUMBER_MAX];
	struct process_variable ours[] = {
		{ "SENDER", span_of(q->sender) },
		{ "SMTP_ID", span_of(q->id) },
		{ "SMTP_SIZE", text_of_number(size, q->size) },
		{ "CLIENT_ADDRESS", span_of(c->peer->address) },
		{ "CLIENT_PORT", text_of_number(port, c->peer->port) },
		{ "CLIENT_HOSTNAME", host_name(c) },
		{ "CLIENT_HELO", span_of(q->helo) },
		{ "CLIENT_PROTOCOL", span_of(q->protocol) },
		{ "SASL_USERNAME", span_of("") },
		{ "TLS_PROTOCOL", tls },
		{ "TLS_CIPHER", span_trim(cipher) },
		{ "RECIPIENT", span_of(q->recipient) },
		{ "LOCAL", span_of(q->local) },
		{ "EXTENSION", span_of(q->extension) },
		{ "DOMAIN", span_of(q->domain) },
	};
	enum { N = sizeof(ours) / sizeof(*ours), OF_RECIPIENT = 4 };
	char line[USERFILE_LINE_MAX + 1];
	char *argv[PROCESS_WORDS_MAX];
	size_t i;

	if (!children_end_with(c->parent, SIGKILL))
		return EX_TEMPFAIL;
	for (i = N - OF_RECIPIENT; c->action->for_all && i < N; i++)
		unsetenv(ours[i].name);
	strcpy(line, c->action->text);
	if (process_split(line, argv, PROCESS_WORDS_MAX) > 0)
		process_exec(argv, ours,
		    c->action->for_all ? N - OF_RECIPIENT : N);
	return EX_TEMPFAIL; /* the program may be installed later */
}

/* Waits for children without blocking; stores the status of PID in *STATUS.
 * False: no child is left. */
static bool
reap(pid_t pid, int *status)
{
	int s;
	pid_t ended;

	do {
		ended = waitpid(-1, &s, WNOHANG);
		if (ended == pid)
			*status =
			    WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
	} while (ended > 0);
	return ended == 0;
}

/* Waits until all children have ended, and takes their output.  False: the
 * deadline, or SIGTERM, came first. */
static bool
wait_for_all(const struct command *c, pid_t pid, int *status,
    struct output out[2])
{
	struct pollfd p[2];
	size_t i;

	while (reap(pid, status)) {
		for (i = 0; i < 2; i++)
			p[i] = (struct pollfd){ out[i].fd, POLLIN, 0 };
		os_pause(p, 2, c->deadline);
		for (i = 0; i < 2; i++)
			if (p[i].revents)
				output_take(&out[i]);
		if (os_monotonic_ms() >= c->deadline || os_take_sigterm())
			return !reap(pid, status);
	}
	return true;
}

static void
kill_all(pid_t pid)
{
	int64_t now = os_monotonic_ms(), end = now + KILL_PATIENCE;
	int status;

	kill(-pid, SIGKILL);
	for (; now < end; now = os_monotonic_ms()) {
		children_kill();
		if (!reap(pid, &status))
			return;
		os_pause(NULL, 0, now + KILL_PAUSE);
	}
}

/* Starts the command with its output in two pipes, OUT.  Returns 0, or -1 with
 * errno. */
static pid_t
start(const struct command *c, int message, int envelope, struct output out[2])
{
	struct process process = { .fd = { message, -1, -1, envelope },
		.own_group = true,
		.run = exec_command,
		.of = (void *)(uintptr_t)c };
	struct span id = span_of(c->request->id);
	pid_t pid = -1;
	int fd[2] = { -1, -1 };

	if (process_pipe(&fd[0], &process.fd[1]) == 0 &&
	    process_pipe(&fd[1], &process.fd[2]) == 0)
		pid = process_start(&process);
	output_begin(&out[0], fd[0], id);
	output_begin(&out[1], fd[1], id);
	if (process.fd[1] >= 0)
		file_close(process.fd[1]);
	if (process.fd[2] >= 0)
		file_close(process.fd[2]);
	return pid; /* on failure this process ends, too */
}

void
command_run(const struct command *c, struct answer *ret)
{
	const struct request *q = c->request;
	bool for_all = c->action->for_all;
	int message = copy(c, 0, q->size);
	int envelope =
	    for_all && message >= 0 ? copy(c, q->envelope, q->envelope_n) : -1;
	int status = EX_TEMPFAIL;
	struct output out[2];
	pid_t pid = -1;

	children_adopt();
	if (message >= 0 && (envelope >= 0 || !for_all))
		pid = start(c, message, envelope, out);
	if (pid < 0) {
		ret->error = errno;
		return;
	}
	if (!wait_for_all(c, pid, &status, out)) {
		kill_all(pid);
		status = 128 + SIGKILL;
	}
	output_end(&out[0]);
	output_end(&out[1]);
	ret->status = status;
	request_text(ret->words, sizeof(ret->words), output_last(&out[1]));
}
