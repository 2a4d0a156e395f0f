/* recipient: at most ten nested aliases, aliases with many targets, at most a
 * thousand Maildirs, and a limited number of look-ups. */
#include "store/maildir.h"
#include "store/recipient.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "envelope_same.h"
#include "smtp/path.h"
#include "unit.h"

enum { FILE_MAX = 100000 };

struct bench {
	struct scratch scratch;
	struct site site;
	struct recipients r;
	struct envelope now, before;
	struct text text; /* of the users file */
	char octets[FILE_MAX];
};

/* Starts again, with a recipient's line already in the envelope. */
static void
start(struct bench *b)
{
	b->text = text_in(b->octets, sizeof(b->octets));
	text_add(&b->text, "a@b ./a/\n");
}

static void
add_number(struct bench *b, const char *front, uint64_t n, const char *back)
{
	text_add(&b->text, front);
	text_number(&b->text, n, 0);
	text_add(&b->text, back);
}

static void
repeat(struct bench *b, const char *target, unsigned n)
{
	while (n-- > 0)
		text_add(&b->text, target);
}

static void
finish(struct bench *b)
{
	if (b->text.full)
		_exit(2);
	scratch_write(&b->scratch, text_span_of(&b->text));
	if (b->r.users.list.fd > 2)
		close(b->r.users.list.fd);
	if (users_open(&b->r.users, b->scratch.file) < 0)
		_exit(2);
	envelope_start(&b->now, span_of(""));
}

static enum recipient_result
add(struct bench *b, const char *address)
{
	struct span rest;
	char buffer[64];
	struct path to;

	snprintf(buffer, sizeof(buffer), "<%s>", address);
	if (path_parse(span_of(buffer), &to, &rest) != PATH_OK)
		_exit(2);
	b->before = b->now;
	return recipient_add(&b->r, &b->now, &to);
}

/* A RESULT other than that: the envelope is unchanged. */
static void
expect(struct unit *u, struct bench *b, const char *address,
    enum recipient_result result)
{
	enum recipient_result got = add(b, address);

	EXPECT_NUMBER(u, span_of(address), got, result);
	EXPECT_TRUE(u, span_of("look-ups"),
	    b->r.lookups <= RECIPIENT_LOOKUPS_MAX + 1);
	if (got != RECIPIENT_ADDED)
		EXPECT_TRUE(u, span_of("no trace is left"),
		    envelope_same(&b->now, &b->before));
}

/* cN leads to c(N-1), and so on to c0, which is END. */
static void
chain(struct bench *b, unsigned n, const char *end)
{
	unsigned i;

	start(b);
	text_add(&b->text, "c0@b ");
	text_add(&b->text, end);
	text_add(&b->text, "\n");
	for (i = 1; i <= n; i++) {
		add_number(b, "c", i, "@b ");
		add_number(b, "c", i - 1, "@b\n");
	}
	finish(b);
}

/* Ten aliases, with any action at the end; an eleventh is one too many, and the
 * action after it is not read. */
static void
chains(struct unit *u, struct bench *b)
{
	static const struct {
		const char *end;
		enum recipient_result result;
	} table[] = {
		{ "./end/", RECIPIENT_ADDED },
		{ "", RECIPIENT_ADDED },
		{ "450 4.2.0 x", RECIPIENT_REFUSED },
		{ "data 450 4.2.0 x", RECIPIENT_ADDED },
		{ "close", RECIPIENT_CLOSE },
		{ "|x", RECIPIENT_FAILED },
		{ "../x", RECIPIENT_FAILED },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		chain(b, 12, table[i].end);
		expect(u, b, "a@b", RECIPIENT_ADDED);
		expect(u, b, "c1@b", table[i].result);
		expect(u, b, "c9@b", table[i].result);
		expect(u, b, "c10@b", table[i].result);
		EXPECT_NUMBER(u, span_of("look-ups for ten aliases"),
		    b->r.lookups, 11);
		expect(u, b, "c11@b", RECIPIENT_FAILED);
		EXPECT_NUMBER(u, span_of("and for eleven"), b->r.lookups, 11);
		expect(u, b, "c12@b", RECIPIENT_FAILED);
		expect(u, b, "a@b", RECIPIENT_ADDED);
	}
	chain(b, 10, "nobody@b");
	expect(u, b, "c9@b", RECIPIENT_FAILED);
}

/* Loops of lines with many targets: the first path down ends them. */
static void
wide_loops(struct unit *u, struct bench *b)
{
	start(b);
	text_add(&b->text, "x@b ");
	repeat(b, "x@b ", 1000);
	text_add(&b->text, "\ny@b ");
	repeat(b, "a@b ", 500);
	repeat(b, "z@b ", 500);
	text_add(&b->text, "\nz@b ");
	repeat(b, "a@b ", 500);
	repeat(b, "y@b ", 500);
	text_add(&b->text, "\n");
	finish(b);
	expect(u, b, "x@b", RECIPIENT_FAILED);
	EXPECT_NUMBER(u, span_of("a narrow way"), b->r.lookups, 11);
	expect(u, b, "y@b", RECIPIENT_FAILED);
	expect(u, b, "z@b", RECIPIENT_FAILED);
}

/* Ten times ten times ten and so on to one Maildir: it must terminate. */
static void
wide_trees(struct unit *u, struct bench *b)
{
	unsigned level, i;

	start(b);
	for (level = 1; level <= 10; level++) {
		add_number(b, "t", level, "@b ");
		for (i = 0; i < 10 && level > 1; i++)
			add_number(b, "t", level - 1, "@b ");
		text_add(&b->text, level > 1 ? "\n" : "./t/\n");
	}
	finish(b);
	expect(u, b, "t4@b", RECIPIENT_ADDED);
	EXPECT_NUMBER(u, span_of("look-ups"), b->r.lookups, 1111);
	EXPECT_NUMBER(u, span_of("a Maildir once"), b->now.uses, 1);
	expect(u, b, "t5@b", RECIPIENT_FAILED);
	expect(u, b, "t10@b", RECIPIENT_FAILED);
	expect(u, b, "t1@b", RECIPIENT_ADDED);
	EXPECT_NUMBER(u, span_of("counted anew"), b->r.lookups, 1);
}

/* Exactly the permitted number of look-ups, and one more. */
static void
lookups(struct unit *u, struct bench *b)
{
	start(b);
	text_add(&b->text, "x@b y@b ");
	repeat(b, "a@b ", 999);
	text_add(&b->text, "\ny@b ");
	repeat(b, "a@b ", 999);
	text_add(&b->text, "\nx1@b y@b a@b ");
	repeat(b, "a@b ", 999);
	text_add(&b->text, "\n");
	finish(b);
	expect(u, b, "x@b", RECIPIENT_ADDED);
	EXPECT_NUMBER(u, span_of("exactly"), b->r.lookups,
	    RECIPIENT_LOOKUPS_MAX);
	expect(u, b, "x1@b", RECIPIENT_FAILED);
	EXPECT_SPAN(u, span_of("why"), span_of(b->r.reason),
	    span_of("aliases name too many addresses"));
}

/* FRONT, an alias to ten aliases to a hundred Maildirs each, in the order of
 * the file; and an alias with one more. */
static void
write_fan(struct bench *b)
{
	unsigned i, j;

	start(b);
	text_add(&b->text, "fan@b ");
	for (i = 0; i < 10; i++)
		add_number(b, "h", i, "@b ");
	text_add(&b->text, "\nmore@b h0@b fan@b a@b\n");
	for (i = 0; i < 10; i++) {
		add_number(b, "h", i, "@b ");
		for (j = 0; j < 100; j++)
			add_number(b, "m", i * 100 + j, "@b ");
		text_add(&b->text, "\n");
	}
	for (i = 0; i < 1000; i++) {
		add_number(b, "m", i, "@b ");
		add_number(b, "./m", i, "/\n");
	}
	finish(b);
}

static void
thousand_boxes(struct unit *u, struct bench *b)
{
	write_fan(b);
	expect(u, b, "more@b", RECIPIENT_TOO_MANY);
	expect(u, b, "a@b", RECIPIENT_ADDED);
	expect(u, b, "fan@b", RECIPIENT_TOO_MANY);
	expect(u, b, "a@b", RECIPIENT_ADDED);
	envelope_start(&b->now, span_of(""));
	expect(u, b, "fan@b", RECIPIENT_ADDED);
	EXPECT_NUMBER(u, span_of("a thousand"), b->now.boxes, ENVELOPE_MAX);
	EXPECT_NUMBER(u, span_of("of one"), b->now.rcpt[0].n, ENVELOPE_MAX);
	expect(u, b, "a@b", RECIPIENT_TOO_MANY);
	expect(u, b, "m0@b", RECIPIENT_TOO_MANY);
	expect(u, b, "nobody@b", RECIPIENT_UNKNOWN);
}

/* A wrong result is detected. */
static void
wrong_answers(struct unit *u, struct bench *b)
{
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	expect(&inner, b, "nobody@b", RECIPIENT_ADDED);
	EXPECT_NUMBER(u, span_of("a wrong answer"), inner.failures, 1);
	close(inner.out);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };

	os_start(true, false);
	scratch_open(&bench.scratch);
	bench.r.site = &bench.site;
	bench.site.host = span_of("mx.example");
	bench.r.max = ENVELOPE_MAX;
	bench.site.mail = open(bench.scratch.dir, O_RDONLY | O_DIRECTORY);
	chains(&u, &bench);
	wide_loops(&u, &bench);
	wide_trees(&u, &bench);
	lookups(&u, &bench);
	thousand_boxes(&u, &bench);
	wrong_answers(&u, &bench);
	scratch_close(&bench.scratch);
	return unit_end(&u);
}
