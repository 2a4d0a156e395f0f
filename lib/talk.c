/* The client.  See talk.h. */
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "dialogue.h"
#include "file.h"
#include "program.h"
#include "script.h"
#include "text.h"

enum {
	CODE_BYE = 221,
	CODE_CLOSING = 421,
};

static void
complain(const char *what)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, "smtp-stdio: ");
	text_add(&t, what);
	text_char(&t, '\n');
	file_write_all(STDERR_FILENO, t.s, t.n); /* or nobody reads it */
}

/* The same of NAME, with the words for errno. */
static void
complain_of(const char *name, const char *what)
{
	char line[384];
	struct text t = text_in(line, sizeof(line));
	struct span rest = span_of(name);
	int error = errno;

	text_span(&t, span_take_some(&rest, 200));
	text_add(&t, what);
	text_add(&t, strerror(error));
	complain(text_end(&t));
}

/* Runs COMMAND between two pipes. */
static bool
start(struct dialogue *d, char *const command[], pid_t *ret_server)
{
	pid_t pid = program_fork(&d->to, &d->from.fd);

	if (pid < 0)
		return false;
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		execvp(command[0], command);
		complain_of(command[0], " cannot be run: ");
		_exit(EX_UNAVAILABLE);
	}
	*ret_server = pid;
	return true;
}

/* Lines come from a person, perhaps: what the server says meanwhile is shown at
 * once. */
static bool
next_line(struct reader *input, struct dialogue *d, struct piece *ret)
{
	struct pollfd fds[] = { { input->fd, POLLIN, 0 },
		{ d->from.fd, POLLIN, 0 } };
	struct span line;

	while (!d->lost && !reader_is_ready(input)) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			dialogue_hear_line(d, &line);
		else
			reader_fill(input);
	}
	return !d->lost && reader_next(input, ret);
}

static void
play_person(struct reader *input, struct dialogue *d)
{
	struct piece piece;

	dialogue_hear_reply(d); /* the greeting */
	while (next_line(input, d, &piece)) {
		dialogue_say_line(d, piece);
		dialogue_hear_reply(d);
	}
}

/* The end of the lines sends QUIT, but never as part of a message: the server
 * drops a message that has no end. */
static void
say_quit(struct dialogue *d)
{
	dialogue_hear_reply(d);
	if (d->lost || d->in_data || d->code == CODE_BYE ||
	    d->code == CODE_CLOSING)
		return;
	dialogue_say_line(d,
	    (struct piece){ .octets = span_of("QUIT"),
	        .first = true,
	        .last = true });
	dialogue_hear_reply(d);
}

/* Whatever the server still says is shown, and it is waited for. */
static void
hang_up(struct dialogue *d, pid_t server)
{
	struct span line;

	close(d->to);
	while (dialogue_hear_line(d, &line))
		;
	waitpid(server, NULL, 0);
}

static int
play(struct reader *input, struct dialogue *d, bool script)
{
	enum script_result r = SCRIPT_OK;

	if (script)
		r = script_play(input, d);
	else
		play_person(input, d);
	if (r == SCRIPT_NONSENSE)
		return EX_DATAERR;
	if (r == SCRIPT_DIFFERS)
		return 1;
	if (!script && d->in_data && !d->lost) {
		complain("the message has no end, so it was not accepted");
		return EX_DATAERR;
	}
	say_quit(d);
	if (r == SCRIPT_OK && (!d->lost || d->code == CODE_BYE))
		return EX_OK;
	complain("the server has closed the connection");
	return EX_IOERR;
}

int
talk(const char *transcript, char *const command[])
{
	static struct dialogue dialogue;
	static struct reader input; /* standard input is 0 */
	pid_t server;
	int result;

	dialogue.due = true;
	if (transcript)
		input.fd = file_open(AT_FDCWD, transcript, O_RDONLY);
	if (input.fd < 0) {
		complain_of(transcript, " cannot be read: ");
		return EX_NOINPUT;
	}
	signal(SIGPIPE, SIG_IGN);
	file_write_all(STDOUT_FILENO, "Waiting to connect...\n", 22);
	if (!start(&dialogue, command, &server)) {
		complain("no process can be started");
		return EX_OSERR;
	}
	result = play(&input, &dialogue, transcript);
	hang_up(&dialogue, server);
	return result;
}
