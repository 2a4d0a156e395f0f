/* userfile: lines that are skipped without parsing change no result: the same
 * lines are found, at the same offsets and with the same numbers. */
#include <unistd.h>

#include "base/text.h"
#include "unit.h"
#include "users/userfile.h"

#define L(text) LITERAL(text)

enum {
	FILE_MAX = 60000,
	FILES = 400,
	KEYS = 3,
};

/* The parts of a file: similar to the keys, and unusual. */
static const struct span pieces[] = { L("a@b"), L("A@B"), L("a@bb"), L("aa@b"),
	L("a@"), L("@b"), L("abcdefg@h"), L("ABCDEFG@H"), L("abcdefg@i"),
	L("abcdefgh@ijklmno.p"), L("ABCDEFGH@ijklmno.P"),
	L("abcdefgh@ijklmno.q"), L("\x01@b"), L("!@b"), L("`@b"), L("[@]"),
	L("{@}"), L("\xc1@b"), L("postmaster"), L(" "), L("\t"), L("\r"),
	L("\n"), L("\n"), L("\r\n"), L("#"), L(" #"), L("./x/"), L("\0"),
	L("\v"), L("\xef\xbb\xbf") };

static const struct span keys[] = { L("a@b"), L("@b"), L("abcdefg@h"),
	L("abcdefgh@ijklmno.p"), L("postmaster"), L("[@]"), L("{@}"), L("`@b"),
	L("!@b"), L("@"), L("\xc1@b"), L("nobody@b") };

struct bench {
	struct scratch scratch;
	struct text text;
	char octets[FILE_MAX];
	struct userfile walked, passed;
	uint64_t state;
};

static size_t
one_of(struct bench *b, size_t n)
{
	return (size_t)(random_next(&b->state) % n);
}

/* A file of random parts, some of which are longer than a block. */
static void
write_file(struct bench *b)
{
	size_t n = 1 + one_of(b, 6000), i;

	b->text = text_in(b->octets, sizeof(b->octets));
	if (n % 3 == 0) {
		text_add(&b->text, "\xef\xbb\xbf");
		text_span(&b->text,
		    keys[one_of(b, sizeof(keys) / sizeof(*keys))]);
		text_add(&b->text, "\n");
	}
	while (n-- > 0) {
		text_add(&b->text, one_of(b, 3) ? "" : "\n");
		text_span(&b->text,
		    pieces[one_of(b, sizeof(pieces) / sizeof(*pieces))]);
		if (one_of(b, 400) == 0)
			for (i = one_of(b, 9000); i > 0; i--)
				text_char(&b->text, " x\n"[n % 3]);
	}
	scratch_write(&b->scratch, text_span_of(&b->text));
	if (userfile_open(&b->walked, b->scratch.file) < 0 ||
	    userfile_open(&b->passed, b->scratch.file) < 0)
		_exit(2);
}

static bool
is_one(struct span address, const struct span wanted[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (userfile_compare(address, wanted[i]) == 0)
			return true;
	return false;
}

/* The next line of one of the keys, with or without skipping others. */
static int
next(struct userfile *l, struct userfile_cursor *c, const struct span wanted[],
    size_t n, bool pass, struct userfile_line *ret)
{
	int found;

	do {
		if (pass)
			userfile_pass(l, c, wanted, n);
		found = userfile_next(l, c, ret);
	} while (found > 0 && !is_one(ret->address, wanted, n));
	return found;
}

/* The number of differences between both ways, from FROM on.  Adds the lines
 * found to *LINES. */
static unsigned
differences(struct bench *b, struct userfile_cursor from,
    const struct span wanted[], size_t n, unsigned *lines)
{
	struct userfile_cursor c = from, d = from;
	struct userfile_line one, two;
	unsigned wrong = 0;
	int found, again;

	do {
		found = next(&b->walked, &c, wanted, n, false, &one);
		again = next(&b->passed, &d, wanted, n, true, &two);
		if (found != again)
			return wrong + 1;
		if (found <= 0)
			break;
		wrong += one.offset != two.offset || one.number != two.number ||
		    one.too_long != two.too_long || c.offset != d.offset ||
		    c.lines != d.lines ||
		    !octets_same(one.address, two.address) ||
		    !octets_same(one.action, two.action);
		++*lines;
	} while (wrong == 0);
	return wrong;
}

static void
at_random(struct unit *u, struct bench *b)
{
	struct userfile_cursor start = { 0 }, middle = { .within_line = true };
	struct span wanted[KEYS];
	unsigned i, wrong = 0, lines = 0;
	size_t n, j;

	for (i = 0; i < FILES; i++) {
		write_file(b);
		n = one_of(b, KEYS + 1);
		for (j = 0; j < n; j++)
			wanted[j] =
			    keys[one_of(b, sizeof(keys) / sizeof(*keys))];
		wrong += differences(b, start, wanted, n, &lines);
		middle.offset = one_of(b, b->text.n);
		wrong += differences(b, middle, wanted, n, &lines);
		close(b->walked.fd);
		close(b->passed.fd);
	}
	EXPECT_NUMBER(u, span_of("differences"), wrong, 0);
	EXPECT_TRUE(u, span_of("many lines were found"), lines > 5000);
}

/* An address of every length up to 70 octets, after as many with the same
 * beginning, and with each octet wrong in turn. */
static void
near_misses(struct unit *u, struct bench *b)
{
	static const char long_name[] = "abcdefghijklmnopqrstuvwxyz0123456789!#"
	                                "$%&'*+-/=?^_`{|}~@example.org";
	struct userfile_cursor start = { 0 };
	struct span key = { long_name, 0 };
	unsigned wrong = 0, lines = 0;
	size_t i, at;

	for (key.n = 1; key.n < sizeof(long_name); key.n++) {
		b->text = text_in(b->octets, sizeof(b->octets));
		text_add(&b->text, "#\n");
		for (i = 0; i < key.n; i++) {
			at = b->text.n;
			text_span(&b->text, key);
			b->octets[at + i] ^= i & 1 ? 0x20 : 0x40;
			text_add(&b->text, i & 2 ? "\r\n" : " x\n");
		}
		text_span(&b->text, key);
		text_add(&b->text, "x\n");
		text_span(&b->text, key);
		scratch_write(&b->scratch, text_span_of(&b->text));
		if (userfile_open(&b->walked, b->scratch.file) < 0 ||
		    userfile_open(&b->passed, b->scratch.file) < 0)
			_exit(2);
		wrong += differences(b, start, &key, 1, &lines);
		close(b->walked.fd);
		close(b->passed.fd);
	}
	EXPECT_NUMBER(u, span_of("near misses"), wrong, 0);
	EXPECT_TRUE(u, span_of("each is found"),
	    lines >= sizeof(long_name) - 1);
}

/* A skipped line that should be found is detected. */
static void
wrong_answers(struct unit *u, struct bench *b)
{
	static const struct span other = L("yyyyyyyy@b");
	static const struct span wanted = L("zzzzzzzz@b");
	struct userfile_cursor c = { .offset = 2 };
	struct userfile_line line;

	scratch_write(&b->scratch,
	    span_of("#\nxxxxxxxx@b\nyyyyyyyy@b\nzzzzzzzz@b\n"));
	if (userfile_open(&b->walked, b->scratch.file) < 0)
		_exit(2);
	userfile_pass(&b->walked, &c, &wanted, 1);
	EXPECT_TRUE(u, span_of("the right one"),
	    userfile_next(&b->walked, &c, &line) == 1 &&
	        is_one(line.address, &wanted, 1));
	EXPECT_TRUE(u, span_of("and not another"),
	    !is_one(line.address, &other, 1));
	EXPECT_NUMBER(u, span_of("it did pass some by"), c.lines, 3);
	close(b->walked.fd);
}

int
main(void)
{
	static struct bench bench = { .state = 0x9a55 };
	struct unit u = { .out = STDOUT_FILENO };

	scratch_open(&bench.scratch);
	at_random(&u, &bench);
	near_misses(&u, &bench);
	wrong_answers(&u, &bench);
	scratch_close(&bench.scratch);
	return unit_end(&u);
}
