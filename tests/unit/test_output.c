/* output: the lines of a command become lines of the log, however they are
 * read, and the last one is kept; or a file gets them. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "monitor/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "unit.h"

#define L(text) LITERAL(text)

enum {
	PIECES = 5,
	LOG_MAX = 1 << 16,
};

/* What is written at once, the log without what all its lines have, and the
 * last line. */
struct row {
	const char *name;
	struct span piece[PIECES];
	const char *log;
	struct span last;
};

static const struct row rows[] = {
	/* clang-format off */
	{ "nothing", { L("") }, "", L("") },
	{ "a line", { L("a b\n") }, "text=\"a b\"\n", L("a b") },
	{ "three lines", { L("a\nb\nc\n") }, "text=a\ntext=b\ntext=c\n",
	    L("c") },
	{ "three lines in pieces", { L("a"), L("b\nc"), L("d\n"), L("e\n") },
	    "text=ab\ntext=cd\ntext=e\n", L("e") },
	{ "an end that comes later", { L("a"), L("\n"), L("\n"), L("b\n") },
	    "text=a\ntext=b\n", L("b") },
	{ "no end", { L("a\nb") }, "text=a\ntext=b\n", L("b") },
	{ "no end in pieces", { L("a"), L("b"), L("c") }, "text=abc\n",
	    L("abc") },
	{ "CRLF", { L("a\r\nb\r\n") }, "text=a\ntext=b\n", L("b") },
	{ "CRLF in pieces", { L("a\r"), L("\nb"), L("\r"), L("\n") },
	    "text=a\ntext=b\n", L("b") },
	{ "CR at the end", { L("a\r") }, "text=a\n", L("a") },
	/* With a control octet it is no last line. */
	{ "CR within a line", { L("a\rb\n") }, "text=\"a\\x0db\"\n", L("") },
	{ "two CR", { L("a\r\r\n") }, "text=\"a\\x0d\"\n", L("") },
	{ "empty lines", { L("\n\r\n\na\n"), L("\n"), L("\r\n\n") },
	    "text=a\n", L("a") },
	{ "empty lines alone", { L("\n\n"), L("\r\n"), L("\r") }, "", L("") },
	{ "NUL", { L("a\0b\0\n"), L("\0\n") },
	    "text=\"a\\x00b\\x00\"\ntext=\"\\x00\"\n", L("") },
	{ "above ASCII", { L("\xff\xc3\xa9\n") },
	    "text=\"\\xff\\xc3\\xa9\"\n", L("\xff\xc3\xa9") },
	{ "octets", { L("\x1b[0m\xff\"\\\t\n") },
	    "text=\"\\x1b[0m\\xff\\x22\\x5c\\x09\"\n",
	    L("") },
	{ "what looks like a log line", { L("a\nsmtp-stdio[1]: b=c\n") },
	    "text=a\ntext=\"smtp-stdio[1]: b=c\"\n",
	    L("smtp-stdio[1]: b=c") },
	/* clang-format on */
};

struct bench {
	struct scratch scratch; /* standard error goes there */
	struct output output;
	int to; /* the command's end of the pipe */
	char log[LOG_MAX], shown[LOG_MAX];
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
start(struct bench *b)
{
	int ends[2];

	must(pipe(ends) == 0);
	must(ftruncate(STDERR_FILENO, 0) == 0);
	output_begin(&b->output, ends[0], span_of("ID"));
	b->to = ends[1];
}

static void
say(struct bench *b, struct span piece)
{
	if (piece.n == 0)
		return;
	must(write(b->to, piece.s, piece.n) == (ssize_t)piece.n);
	output_take(&b->output);
}

/* Ends it in one of two ways, which do the same. */
static void
finish(struct bench *b, bool at_once)
{
	close(b->to);
	if (at_once)
		output_end(&b->output);
	else
		output_take(&b->output);
}

/* The log without what each line begins with; `?` is a line that begins with
 * something else. */
static struct span
logged(struct bench *b)
{
	ssize_t n = pread(STDERR_FILENO, b->log, sizeof(b->log), 0);
	struct span rest = { b->log, n > 0 ? (size_t)n : 0 }, line;
	size_t all = 0;

	while (rest.n > 0) {
		line = span_take_until(&rest, '\n');
		if (!span_take(&rest, '\n') ||
		    !span_take_word(&line, "smtp-stdio[1]: output id=ID "))
			line = span_of("?");
		memcpy(b->shown + all, line.s, line.n);
		all += line.n;
		b->shown[all++] = '\n';
	}
	return (struct span){ b->shown, all };
}

static void
ask(struct unit *u, struct bench *b, const struct row *r, bool at_once)
{
	struct span name = span_of(r->name);
	size_t i;

	start(b);
	for (i = 0; i < PIECES; i++)
		say(b, r->piece[i]);
	finish(b, at_once);
	EXPECT_SPAN(u, name, logged(b), span_of(r->log));
	EXPECT_SPAN(u, name, output_last(&b->output), r->last);
	EXPECT_TRUE(u, span_of("it is closed"), b->output.fd == -1);
}

/* Says N octets C in pieces, and AFTER. */
static void
say_many(struct bench *b, char c, size_t n, const char *after)
{
	char octets[97];
	struct span piece = { octets, 0 };

	memset(octets, c, sizeof(octets));
	for (; n > 0; n -= piece.n) {
		piece.n = n < sizeof(octets) ? n : sizeof(octets);
		say(b, piece);
	}
	say(b, span_of(after));
}

/* A line that is longer than what is kept is in the log, but is not the last
 * line: it was cut. */
static void
long_lines(struct unit *u, struct bench *b)
{
	char octets[OUTPUT_LINE_MAX];

	memset(octets, 'x', sizeof(octets));
	start(b);
	say_many(b, 'x', OUTPUT_LINE_MAX, "\n");
	EXPECT_SPAN(u, span_of("all of it"), output_last(&b->output),
	    ((struct span){ octets, sizeof(octets) }));
	say_many(b, 'x', OUTPUT_LINE_MAX + 1, "\n");
	EXPECT_SPAN(u, span_of("one too many"), output_last(&b->output),
	    span_of(""));
	say_many(b, 'x', 20000, "\n");
	EXPECT_SPAN(u, span_of("many"), output_last(&b->output), span_of(""));
	say(b, span_of("\r\n"));
	EXPECT_SPAN(u, span_of("an empty one"), output_last(&b->output),
	    span_of(""));
	say(b, span_of("y\n"));
	EXPECT_SPAN(u, span_of("a short one"), output_last(&b->output),
	    span_of("y"));
	say_many(b, 'x', OUTPUT_LINE_MAX + 1, "");
	finish(b, false);
	EXPECT_SPAN(u, span_of("without its end"), output_last(&b->output),
	    span_of(""));
	EXPECT_NUMBER(u, span_of("each is logged, not whole"), logged(b).n,
	    4 * (sizeof("text=\"...\"\n") - 1 + 256) + sizeof("text=y\n") - 1);
}

static void
many_lines(struct unit *u, struct bench *b)
{
	static const struct {
		unsigned lines, more;
	} table[] = { { 99, 0 }, { 100, 0 }, { 101, 1 }, { 350, 250 } };
	char tail[] = "text=x\nmore=000\n";
	struct span log;
	unsigned i, k;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		start(b);
		for (k = 1; k < table[i].lines; k++)
			say(b, span_of("x\n"));
		say(b, span_of("last\n"));
		finish(b, true);
		log = logged(b);
		EXPECT_NUMBER(u, span_of("octets of the log"), log.n,
		    7 * (table[i].lines - table[i].more) +
		        (table[i].more == 0 ? 3 : 0) +
		        (table[i].more == 1 ? sizeof("more=1") : 0) +
		        (table[i].more == 250 ? sizeof("more=250") : 0));
		EXPECT_SPAN(u, span_of("the last is the last"),
		    output_last(&b->output), span_of("last"));
	}
	memcpy(tail + 12, "250", 3);
	span_take_n(&log, log.n - (sizeof(tail) - 1));
	EXPECT_SPAN(u, span_of("how many more"), log, span_of(tail));
}

/* A file gets all octets, up to a limit, and the log none. */
static void
files(struct unit *u, struct bench *b)
{
	static const struct {
		uint64_t max, size;
		int error;
	} table[] = { { 10, 9, 0 }, { 9, 9, 0 }, { 8, 4, EFBIG },
		{ 0, 0, EFBIG } };
	char got[16];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		start(b);
		fd = open(b->scratch.dir, O_RDWR | O_TMPFILE, 0600);
		must(fd >= 0);
		output_keep(&b->output, fd, table[i].max);
		say(b, span_of("a\r\nb"));
		say(b, span_of("cdefg"));
		finish(b, i % 2);
		EXPECT_NUMBER(u, span_of("its size"), b->output.size,
		    table[i].size);
		EXPECT_NUMBER(u, span_of("is that of the file"),
		    (uint64_t)pread(fd, got, sizeof(got), 0), table[i].size);
		EXPECT_TRUE(u, span_of("its octets"),
		    memcmp(got, "a\r\nbcdefg", table[i].size) == 0);
		EXPECT_NUMBER(u, span_of("too many"), (unsigned)b->output.error,
		    (unsigned)table[i].error);
		EXPECT_TRUE(u, span_of("nothing else"),
		    logged(b).n == 0 && output_last(&b->output).n == 0);
		close(fd);
	}
	start(b);
	output_keep(&b->output, open("/dev/full", O_WRONLY), 100);
	say(b, span_of("a"));
	finish(b, true);
	close(b->output.file);
	EXPECT_NUMBER(u, span_of("no room"), (unsigned)b->output.error, ENOSPC);
}

/* Another process holds the pipe: it is not waited for, also if it goes on
 * writing. */
static void
held_pipes(struct unit *u, struct bench *b)
{
	pid_t child;

	start(b);
	must(write(b->to, "a\nb", 3) == 3);
	output_end(&b->output);
	EXPECT_SPAN(u, span_of("what is there"), logged(b),
	    span_of("text=a\ntext=b\n"));
	EXPECT_TRUE(u, span_of("it is closed"), b->output.fd == -1);
	output_end(&b->output); /* has no effect */
	close(b->to);

	start(b);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		close(b->output.fd); /* the other one is the last */
		while (write(b->to, "x\n", 2) > 0)
			;
		_exit(0);
	}
	close(b->to);
	must(os_wait(b->output.fd, POLLIN, os_monotonic_ms() + 10000) ==
	    OS_READY);
	output_end(&b->output);
	EXPECT_TRUE(u, span_of("it ends"), b->output.fd == -1);
	must(waitpid(child, NULL, 0) == child);
}

static void
wrong_answers(struct unit *u, struct bench *b)
{
	static const struct row wrong = { "wrong", { L("a\n") }, "text=b\n",
		L("b") };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, b, &wrong, true);
	EXPECT_NUMBER(u, span_of("two wrong answers"), inner.failures, 2);
	close(inner.out);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;
	int fd;

	must(os_start(true, true) == 0);
	scratch_open(&bench.scratch);
	fd = open(bench.scratch.file, O_RDWR | O_CREAT | O_APPEND, 0600);
	must(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ask(&u, &bench, &rows[i], false);
		ask(&u, &bench, &rows[i], true);
	}
	long_lines(&u, &bench);
	many_lines(&u, &bench);
	files(&u, &bench);
	held_pipes(&u, &bench);
	wrong_answers(&u, &bench);
	scratch_close(&bench.scratch);
	return unit_end(&u);
}
