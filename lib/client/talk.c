/* The client.  See talk.h. */
#include "client/talk.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "client/call.h"
#include "client/dialogue.h"
#include "client/scribe.h"
#include "client/script.h"
#include "client/suite.h"

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

/* The line of the transcript, behind the server's that was shown. */
static void
show_fault(const struct dialogue *d, const char *what,
    const struct script_fault *f)
{
	char who[64];
	struct text t = text_in(who, sizeof(who));

	text_add(&t, what);
	text_add(&t, " in line ");
	text_number(&t, f->number, 0);
	text_add(&t, ": ");
	if (f->want.s)
		screen_line(&d->screen, SCREEN_DIFFERS, text_end(&t), f->want);
}

static int
play(struct reader *input, struct dialogue *d, bool script)
{
	enum script_result r = SCRIPT_OK;
	struct script_fault fault;

	if (script)
		r = script_play(input, d, &fault);
	else
		play_person(input, d);
	if (r == SCRIPT_NONSENSE) {
		show_fault(d, "Means nothing", &fault);
		return EX_DATAERR;
	}
	if (r != SCRIPT_OK)
		show_fault(d, "Expected", &fault);
	if (r == SCRIPT_DIFFERS)
		return 1;
	if (!script && d->in_data && !d->lost) {
		screen_complain(
		    "the message has no end, so it was not accepted");
		return EX_DATAERR;
	}
	if (call_quit(d) && r == SCRIPT_OK)
		return EX_OK;
	screen_complain("the server has closed the connection");
	return EX_IOERR;
}

/* One dialogue, with the lines of INPUT. */
static int
converse(const struct options *o, struct reader *input, struct dialogue *d)
{
	int result;

	file_write_all(STDOUT_FILENO, "Waiting to connect...\n", 22);
	if (!call_begin(d, o->command)) {
		screen_complain("no process can be started");
		return EX_OSERR;
	}
	result = play(input, d, o->transcripts_n > 0);
	call_end(d);
	return result;
}

/* The lines that are read would be gone once they are written over. */
static bool
is_read_from(const char *name, int fd)
{
	struct stat a, b;

	return stat(name, &a) == 0 && fstat(fd, &b) == 0 &&
	    S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
converse_and_record(const struct options *o, struct reader *input,
    struct dialogue *d)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	static struct scribe scribe;
	int result;

	if (is_read_from(o->record, input->fd)) {
		usage_complain("--record would write over the lines",
		    o->record);
		return EX_USAGE;
	}
	scribe.fd = file_open(AT_FDCWD, o->record, flags);
	if (scribe.fd < 0) {
		screen_complain_of(o->record, " cannot be written: ");
		return EX_CANTCREAT;
	}
	d->scribe = &scribe;
	result = converse(o, input, d);
	if (close(scribe.fd) < 0 || scribe.failed) {
		screen_complain("not all that was said could be written down");
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

/* The lines that there are: from a person, or of the one transcript. */
static int
talk_once(const struct options *o, struct reader *input, struct dialogue *d)
{
	if (o->transcripts_n > 0)
		input->fd = file_open(AT_FDCWD, *o->transcripts, O_RDONLY);
	if (input->fd < 0) {
		screen_complain_of(*o->transcripts, " cannot be read: ");
		return EX_NOINPUT;
	}
	if (o->record)
		return converse_and_record(o, input, d);
	return converse(o, input, d);
}

int
talk(const struct options *o)
{
	static struct dialogue dialogue;
	static struct reader input; /* standard input is 0 */
	struct suite suite = { &dialogue, &input, o->command, 0, 0, 0 };

	signal(SIGPIPE, SIG_IGN);
	dialogue_init(&dialogue, screen_open(o->transcripts_n == 0), NULL);
	if (o->transcripts_n < 2 &&
	    (o->transcripts_n == 0 || !is_folder(*o->transcripts)))
		return talk_once(o, &input, &dialogue);
	if (o->record) {
		usage_complain("--record is for one dialogue", NULL);
		return EX_USAGE;
	}
	return suite_play(&suite, o->transcripts, o->transcripts_n);
}
