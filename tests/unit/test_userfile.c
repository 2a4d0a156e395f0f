/* userfile: long lines, lines across block boundaries, line numbers, and which
 * files are sorted. */
#include "users/userfile.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/path.h"
#include "unit.h"
#include "users/users.h"

#define L(text) LITERAL(text)

enum { FILE_MAX = 300000 };

/* A file being written, and the last line that was looked up. */
struct draft {
	struct users_entry entry;
	struct scratch scratch;
	struct text text;
	char octets[FILE_MAX];
};

static void
start(struct draft *d, const char *front)
{
	d->text = text_in(d->octets, sizeof(d->octets));
	text_add(&d->text, front);
}

static void
repeat(struct draft *d, char c, size_t n)
{
	while (n-- > 0)
		text_char(&d->text, c);
}

static void
finish(struct draft *d)
{
	if (d->text.full)
		_exit(2);
	scratch_write(&d->scratch, text_span_of(&d->text));
}

/* The Maildir of ADDRESS, or the error. */
static struct span
find(struct users *users, struct draft *d, const char *address)
{
	struct users_address a;
	struct span rest;
	struct path p;

	if (path_parse(span_of(address), &p, &rest) != PATH_OK)
		return span_of("(no address)");
	a = (struct users_address){ p.local, p.domain };
	switch (users_find(users, &a, span_of("mx.example"), &d->entry)) {
	case USERS_FOUND:
		return span_of(d->entry.action.text);
	case USERS_NONE:
		return span_of("(none)");
	case USERS_FAIL:
		break;
	}
	return span_of(users->error ? "(error)" : "(fail)");
}

/* Three users, of which the second has a long line. */
static void
ask_three(struct unit *u, struct draft *d, const char *middle)
{
	struct users users;

	EXPECT_TRUE(u, span_of("opened"),
	    users_open(&users, d->scratch.file) == 0);
	EXPECT_SPAN(u, span_of("before"), find(&users, d, "<a@b>"),
	    span_of("a"));
	EXPECT_SPAN(u, span_of("the long line"), find(&users, d, "<b@c>"),
	    span_of(middle));
	EXPECT_SPAN(u, span_of("behind"), find(&users, d, "<c@d>"),
	    span_of("c"));
	close(users.list.fd);
}

/* A line that is long in its middle, and the result for b@c if it is read to
 * its end, and if it is not. */
static const struct kind {
	const char *front, *back;
	char fill;
	const char *fits, *does_not;
} kinds[] = {
	{ "b@c ./b/", "", ' ', "b", "(fail)" },
	{ "b@c", "./b/", ' ', "b", "(fail)" },
	{ " ", "b@c", ' ', "b@c", "(none)" },
	{ "b@c ./b/ #", "", 'x', "b", "(fail)" },
	{ "b@c ./b", "", '/', "b", "(fail)" },
	{ "b@c ./b/", "", '\0', "(fail)", "(fail)" },
	{ "bb", "@c", 'b', "(none)", "(none)" },
	{ "#", "", 'b', "(none)", "(none)" },
	{ "#", " b@c ./b/", ' ', "(none)", "(none)" },
};

static void
long_line(struct unit *u, struct draft *d, const struct kind *k, size_t length)
{
	static const char *const fronts[] = { "", "# sorted\n" };
	static const char *const ends[] = { "\n", "\r\n" };
	size_t i;

	for (i = 0; i < 4; i++) {
		start(d, fronts[i & 1]);
		text_add(&d->text, "a@b ./a/\n");
		text_add(&d->text, k->front);
		repeat(d, k->fill, length - strlen(k->front) - strlen(k->back));
		text_add(&d->text, k->back);
		text_add(&d->text, ends[i >> 1]);
		text_add(&d->text, "c@d ./c/");
		finish(d);
		ask_three(u, d, length > 4096 ? k->does_not : k->fits);
	}
}

static void
long_lines(struct unit *u, struct draft *d)
{
	static const size_t lengths[] = { 4095, 4096, 4097, 8190, 8191, 8192,
		8193, 12288, 16384, 16385, 100000 };
	size_t i, j;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (j = 0; j < sizeof(lengths) / sizeof(*lengths); j++)
			long_line(u, d, &kinds[i], lengths[j]);
}

/* The longest Maildir that a line of 4096 octets can name is not truncated. */
static void
long_names(struct unit *u, struct draft *d)
{
	struct users users;

	start(d, "b@c ./");
	repeat(d, 'x', 4096 - d->text.n);
	finish(d);
	EXPECT_TRUE(u, span_of("opened"),
	    users_open(&users, d->scratch.file) == 0);
	EXPECT_SPAN(u, span_of("a name of 4090 octets"),
	    find(&users, d, "<b@c>"), ((struct span){ d->octets + 6, 4090 }));
	close(users.list.fd);
}

/* A long line at the end without LF. */
static void
long_last_lines(struct unit *u, struct draft *d)
{
	static const size_t lengths[] = { 4096, 4097, 8192, 16384, 100000 };
	struct users users;
	size_t i;

	for (i = 0; i < 2 * sizeof(lengths) / sizeof(*lengths); i++) {
		start(d, i & 1 ? "# sorted\na@b ./a/\n" : "a@b ./a/\n");
		text_add(&d->text, "b@c ./b/");
		repeat(d, ' ', lengths[i / 2] - strlen("b@c ./b/"));
		finish(d);
		EXPECT_TRUE(u, span_of("opened"),
		    users_open(&users, d->scratch.file) == 0);
		EXPECT_SPAN(u, span_of("the last line"),
		    find(&users, d, "<b@c>"),
		    span_of(lengths[i / 2] > 4096 ? "(fail)" : "b"));
		EXPECT_SPAN(u, span_of("behind it"), find(&users, d, "<c@d>"),
		    span_of("(none)"));
		close(users.list.fd);
	}
}

/* A line across the end of a block, at each of its octets. */
static void
borders(struct unit *u, struct draft *d)
{
	struct users users;
	unsigned found = 0;
	size_t shift;

	for (shift = 0; shift < 80; shift++) {
		start(d, shift & 1 ? "# sorted\n" : "#unsorted\n");
		repeat(d, '\n', 2 * USERFILE_BLOCK - 40 - shift / 2);
		text_add(&d->text, "b@c ./bobby/ # and more\r\nc@d ./carol/");
		finish(d);
		if (users_open(&users, d->scratch.file) < 0)
			break;
		found += span_is(find(&users, d, "<b@c>"), "bobby");
		found += span_is(find(&users, d, "<c@d>"), "carol");
		close(users.list.fd);
	}
	EXPECT_NUMBER(u, span_of("lines across a border"), found, 2 * 80);
}

static void
first_lines(struct unit *u, struct draft *d)
{
	static const struct {
		struct span first;
		bool sorted;
	} table[] = {
		{ L("# sorted"), true },
		{ L("# sorted\n"), true },
		{ L("# sorted\r\n"), true },
		{ L("\xef\xbb\xbf# sorted\r\n"), true },
		{ L(""), false },
		{ L("\xef\xbb\xbf"), false },
		{ L("\xef\xbb"), false },
		{ L("\n# sorted\n"), false },
		{ L("#\n# sorted\n"), false },
		{ L("#sorted\n"), false },
		{ L("# sorted?\n"), false },
		{ L("# sorted not\n"), false },
		{ L("# sorted\0\n"), false },
		{ L("# unsorted\n"), false },
		{ L("\xef\xbb\xbf\xef\xbb\xbf# sorted\n"), false },
	};
	struct userfile list;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		scratch_write(&d->scratch, table[i].first);
		if (userfile_open(&list, d->scratch.file) < 0)
			_exit(2);
		EXPECT_NUMBER(u, table[i].first, list.sorted, table[i].sorted);
		close(list.fd);
	}
}

/* Lines are counted as in an editor, with any content. */
static void
line_numbers(struct unit *u, struct draft *d)
{
	static const uint64_t want[] = { 2, 4, 5, 8, 9 };
	struct userfile_cursor c = { 0 };
	struct userfile_line line;
	struct userfile list;
	size_t i;

	start(d, "\xef\xbb\xbf# first\na@b\n\nc@d #\r\n");
	repeat(d, 'x', 100000);
	text_add(&d->text, "\n#");
	repeat(d, 'y', 20000);
	text_add(&d->text, "\n\t \ne@f\n");
	text_add(&d->text, "i@j");
	finish(d);
	if (userfile_open(&list, d->scratch.file) < 0)
		_exit(2);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		EXPECT_NUMBER(u, span_of("there is one more"),
		    userfile_next(&list, &c, &line) == 1, true);
		EXPECT_NUMBER(u, span_of("its number"), line.number, want[i]);
	}
	EXPECT_NUMBER(u, span_of("there is no more"),
	    userfile_next(&list, &c, &line) == 0, true);
	close(list.fd);
}

int
main(void)
{
	static struct draft draft;
	struct unit u = { .out = STDOUT_FILENO };

	scratch_open(&draft.scratch);
	long_lines(&u, &draft);
	long_names(&u, &draft);
	long_last_lines(&u, &draft);
	borders(&u, &draft);
	first_lines(&u, &draft);
	line_numbers(&u, &draft);
	scratch_close(&draft.scratch);
	return unit_end(&u);
}
