/* The client.  See client.h. */
#include "client/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "client/conversation.h"
#include "client/recorder.h"
#include "client/server.h"
#include "client/suite.h"
#include "client/transcript.h"

/* Waits for the next line of INPUT.  Meanwhile shows lines of the server at
 * once, because INPUT may be interactive.  False: the input has ended, or the
 * server is lost. */
static bool
next_line(struct linereader *input, struct conversation *d, struct piece *ret)
{
	struct pollfd fds[] = { { input->fd, POLLIN, 0 },
		{ d->from.fd, POLLIN, 0 } };
	struct span line;

	while (!d->lost && !linereader_is_ready(input)) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			conversation_hear_line(d, &line);
		else
			linereader_fill(input);
	}
	return !d->lost && linereader_next(input, ret);
}

static void
play_person(struct linereader *input, struct conversation *d)
{
	struct piece piece;

	conversation_hear_reply(d); /* the greeting */
	while (next_line(input, d, &piece)) {
		conversation_say_line(d, piece);
		conversation_hear_reply(d);
	}
}

/* Shows the faulty line of the transcript, after the line of the server. */
static void
show_fault(const struct conversation *d, const char *what,
    const struct transcript_fault *f)
{
	char who[64];
	struct text t = text_in(who, sizeof(who));

	text_add(&t, what);
	text_add(&t, " in line ");
	text_number(&t, f->number, 0);
	text_add(&t, ": ");
	if (f->want.s)
		terminal_line(&d->terminal, TERMINAL_DIFFERS, text_end(&t),
		    f->want);
}

static int
play(struct linereader *input, struct conversation *d, bool script)
{
	enum transcript_result r = TRANSCRIPT_OK;
	struct transcript_fault fault;

	if (script)
		r = transcript_play(input, d, &fault);
	else
		play_person(input, d);
	if (r == TRANSCRIPT_NONSENSE) {
		show_fault(d, "Syntax error", &fault);
		return EX_DATAERR;
	}
	if (r != TRANSCRIPT_OK)
		show_fault(d, "Expected", &fault);
	if (r == TRANSCRIPT_DIFFERS)
		return 1;
	if (!script && d->in_data && !d->lost) {
		terminal_complain(
		    "the message has no end, so it was not accepted");
		return EX_DATAERR;
	}
	if (server_quit(d) && r == TRANSCRIPT_OK)
		return EX_OK;
	terminal_complain(conversation_loss(d));
	return EX_IOERR;
}

/* Runs one conversation with the lines of INPUT.  Returns the exit code. */
static int
converse(const struct options *o, struct linereader *input,
    struct conversation *d)
{
	int result;

	file_write_all(STDOUT_FILENO, "Waiting to connect...\n", 22);
	if (!server_begin(d, o->command)) {
		terminal_complain("cannot start a process");
		return EX_OSERR;
	}
	result = play(input, d, o->transcripts_n > 0);
	server_end(d);
	return result;
}

/* True if NAME is the regular file open as FD.  Recording to it would overwrite
 * the lines being read. */
static bool
is_read_from(const char *name, int fd)
{
	struct stat a, b;

	return stat(name, &a) == 0 && fstat(fd, &b) == 0 &&
	    S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
converse_and_record(const struct options *o, struct linereader *input,
    struct conversation *d)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	static struct recorder recorder;
	int result;

	if (is_read_from(o->record, input->fd)) {
		usage_complain("--record would overwrite the lines", o->record);
		return EX_USAGE;
	}
	recorder.fd = file_open(AT_FDCWD, o->record, flags);
	if (recorder.fd < 0) {
		terminal_complain_of(o->record, " cannot be written: ");
		return EX_CANTCREAT;
	}
	d->recorder = &recorder;
	result = converse(o, input, d);
	if (close(recorder.fd) < 0 || recorder.failed) {
		terminal_complain("the recording is incomplete");
		return EX_CANTCREAT;
	}
	return result;
}

static bool
is_folder(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Runs one conversation with standard input or the single transcript.  Returns
 * the exit code. */
static int
converse_once(const struct options *o, struct linereader *input,
    struct conversation *d)
{
	if (o->transcripts_n > 0)
		input->fd = file_open(AT_FDCWD, *o->transcripts, O_RDONLY);
	if (input->fd < 0) {
		terminal_complain_of(*o->transcripts, " cannot be read: ");
		return EX_NOINPUT;
	}
	if (o->record)
		return converse_and_record(o, input, d);
	return converse(o, input, d);
}

/* Opens /dev/null in place of missing standard descriptors: the pipes to the
 * server must not take their numbers. */
static void
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
client_run(const struct options *o)
{
	static struct conversation conversation;
	static struct linereader input; /* .fd 0 is standard input */
	struct suite suite = { .conversation = &conversation,
		.input = &input,
		.command = o->command,
		.timeout = (int64_t)o->timeout * 1000 };

	signal(SIGPIPE, SIG_IGN);
	open_standard();
	input.skip_bom = true;
	conversation_init(&conversation, terminal_open(o->transcripts_n == 0),
	    (int64_t)o->timeout * 1000);
	if (o->transcripts_n < 2 &&
	    (o->transcripts_n == 0 || !is_folder(*o->transcripts)))
		return converse_once(o, &input, &conversation);
	if (o->record) {
		usage_complain("--record is for one conversation", NULL);
		return EX_USAGE;
	}
	return suite_play(&suite, o->transcripts, o->transcripts_n);
}
