/* users: look-ups in a file with any line ends, with or without a byte order
 * mark, by scan and by bisection. */
#include "users/users.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/path.h"
#include "unit.h"

#define L(text) LITERAL(text)

enum {
	ASKS_MAX = 24,
	FILE_MAX = 4096,
};

/* A sorted file, and for each address its Maildir, NONE or FAIL. */
static const char NONE[] = "(none)", FAIL[] = "(fail)";

static const struct group {
	struct span content;
	struct {
		const char *address, *want;
	} asks[ASKS_MAX];
} groups[] = {
	/* clang-format off */
	{ L("+a@example.net ./plus/\n"
	    "@example.org ./others/\n"
	    "a+b@example.org  ./tag/ \n"
	    "A@Example.ORG\n"
	    "b@example.net\t./net\n"
	    "\t b@example.org ./b/\t# comment ./x/\n"
	    "c@example.org ./c#d/\n"), {
		{ "a@example.org", "A@Example.ORG" },
		{ "A@EXAMPLE.org", "A@Example.ORG" },
		{ "a+b@example.org", "tag" },
		{ "A+B@EXAMPLE.ORG", "tag" },
		{ "a+c@example.org", "A@Example.ORG" },
		{ "a+@example.org", "A@Example.ORG" },
		{ "a+b+c@example.org", "A@Example.ORG" },
		{ "+a@example.org", "others" },
		{ "+a+b@example.org", "others" },
		{ "+a+b@example.net", "plus" },
		{ "\"a\"@example.org", "A@Example.ORG" },
		{ "\"\\A+b\"@example.org", "tag" },
		{ "\"\"@example.org", "others" },
		{ "\"a b\"@example.org", "others" },
		{ "b@example.org", "b" },
		{ "b@example.net", "net" },
		{ "c@example.org", "c#d" },
		{ "aa@example.org", "others" },
		{ "a@example.net", NONE },
		{ "a@example.org.uk", NONE },
		{ "a@sub.example.org", NONE },
		{ "a@xexample.org", NONE },
		{ "a@[127.0.0.1]", NONE } } },
	/* Postmaster at mx.example. */
	{ L("a@b ./first/\n"), {
		{ "Postmaster", "first" },
		{ "postmaster@MX.example", "first" },
		{ "\"postmaster\"@mx.example", "first" },
		{ "postmaster@b", NONE },
		{ "postmasters@mx.example", NONE },
		{ "postmaster+x@mx.example", NONE } } },
	{ L("a@b ./first/\nPostmaster@mx.example ./pm/\n"), {
		{ "Postmaster", "pm" },
		{ "postmaster@mx.example", "pm" },
		{ "postmaster+x@mx.example", "pm" },
		{ "postmaster@b", NONE } } },
	{ L("a@b ./first/\npostmaster ./pm/\n"), {
		{ "Postmaster", "pm" },
		{ "postmaster@mx.example", "pm" },
		{ "postmaster@b", NONE } } },
	{ L("@b ./all/\n@mx.example ./here/\na@b ./a/\n"), {
		{ "Postmaster", "here" },
		{ "postmaster@mx.example", "here" },
		{ "postmaster@b", "all" } } },
	{ L("a@b ../x/\nb@b ./x y/\nc@b ./c/\nd@b ./d/\n"), {
		{ "Postmaster", "c" } } },
	{ L("a@b |x\nb@b d@b\nc@b 450 4.2.2 x\nd@b close\ne@b ./e/\n"), {
		{ "Postmaster", "e" } } },
	{ L("a@b |x\nb@b data 450 4.2.2 x\n"), { { "Postmaster", FAIL } } },
	{ L(""), { { "a@b", FAIL }, { "Postmaster", FAIL } } },
	{ L("\n \n\t\n"), { { "a@b", FAIL }, { "Postmaster", FAIL } } },
	{ L("# a@b\n #a@b\n\t# c\n#\n##\n"), {
		{ "a@b", FAIL }, { "Postmaster", FAIL } } },
	/* Postmaster may pass over lines for the domain and everybody. */
	{ L("@mx.example 550 5.1.1 no\na@b ./first/\n"), {
		{ "postmaster@mx.example", "first" }, { "Postmaster", "first" },
		{ "x@mx.example", "(no Maildir)" } } },
	{ L("@mx.example ./all/\na@b ./first/\n"), {
		{ "postmaster@mx.example", "all" }, { "Postmaster", "all" } } },
	{ L("* discard\n@mx.example close\na@b ./first/\n"), {
		{ "Postmaster", "first" },
		{ "x@mx.example", "(no Maildir)" } } },
	{ L("* ./all/\n@mx.example close\na@b ./first/\n"), {
		{ "Postmaster", "all" } } },
	{ L("* ./all/\n@mx.example ../x/\na@b ./first/\n"), {
		{ "Postmaster", FAIL } } },
	{ L("* discard\na@b close\n"), { { "Postmaster", FAIL } } },
	{ L("* ./all/\n@mx.example ./first/\npostmaster close\n"), {
		{ "Postmaster", "(no Maildir)" } } },
	/* The first of two wins. */
	{ L("a@b ./1/\nA@B ./2/\na@b ./3/\n"), { { "a@b", "1" } } },
	/* Valid lines and invalid lines. */
	{ L(".a@c\n"
	    "a/b@c\n"
	    "a@c ./x/../y/\n"
	    "b@c ../x/\n"
	    "c@c ./\n"
	    "d@c .\n"
	    "e@c ./x y\n"
	    "f@c ./x\ty\n"
	    "g@c ./.\n"
	    "h@c /x/\n"
	    "i@c x\n"
	    "j@c ./x\x01\n"
	    "k@c ./x\x7f\n"
	    "l@c ./x\0y\n"
	    "m@c .//x///y/./z//\n"
	    "n@c ./..x/.../\n"
	    "o@c ./\xc3\xa9/\n"
	    "p@c # ./x/\n"
	    "q@c#x ./x/\n"
	    "r@c\0 ./x/\n"
	    "s@c ./.\n"
	    "t@c ./x/..\n"
	    "u@c ..\n"), {
		{ "\".a\"@c", FAIL }, { "a/b@c", FAIL }, { "a@c", FAIL },
		{ "b@c", FAIL }, { "c@c", FAIL }, { "d@c", FAIL },
		{ "e@c", FAIL }, { "f@c", FAIL }, { "g@c", FAIL },
		{ "h@c", FAIL }, { "i@c", FAIL }, { "j@c", FAIL },
		{ "k@c", FAIL }, { "l@c", FAIL }, { "m@c", "x/y/z" },
		{ "n@c", "..x/..." }, { "o@c", "\xc3\xa9" },
		{ "p@c", "p@c" }, { "q@c", NONE }, { "r@c", NONE },
		{ "s@c", FAIL }, { "t@c", FAIL }, { "u@c", FAIL } } },
	/* clang-format on */
};

/* Variants of the same file. */
struct form {
	const char *front, *line_end;
	bool last; /* the last line ends with a line end */
};

static void
write_file(const struct scratch *s, struct span content, const struct form *f)
{
	char octets[FILE_MAX];
	struct text t = text_in(octets, sizeof(octets));
	struct span rest = span_of(f->front);

	while (rest.n > 0 || content.n > 0) {
		if (rest.n == 0)
			rest = span_take_n(&content, content.n);
		text_span(&t, span_take_until(&rest, '\n'));
		if (span_take(&rest, '\n') &&
		    (rest.n > 0 || content.n > 0 || f->last))
			text_add(&t, f->line_end);
	}
	scratch_write(s, text_span_of(&t));
}

static struct span
look_up(struct users *users, const char *address, struct users_entry *entry)
{
	char octets[64], unquoted[PATH_MAX_OCTETS];
	struct text t = text_in(octets, sizeof(octets));
	enum users_result found;
	struct users_address a;
	struct span rest;
	struct path p;

	text_char(&t, '<');
	text_add(&t, address);
	text_char(&t, '>');
	if (path_parse(text_span_of(&t), &p, &rest) != PATH_OK)
		return span_of("(no address)");
	a = (struct users_address){ path_local(&p, unquoted), p.domain };
	found = users_find(users, &a, span_of("mx.example"), entry);
	while (found == USERS_FOUND && entry->may_pass &&
	    entry->action.kind != ACTION_MAILDIR)
		found = users_pass(users, span_of("mx.example"), entry);
	switch (found) {
	case USERS_FOUND:
		return span_of(entry->action.kind == ACTION_MAILDIR
		        ? entry->action.text
		        : "(no Maildir)");
	case USERS_NONE:
		return span_of(NONE);
	case USERS_FAIL:
		return span_of(
		    users->error == 0 && users->reason ? FAIL : "(error)");
	}
	return span_of("(?)");
}

static void
ask(struct unit *u, const struct scratch *s, const struct group *g)
{
	struct users_entry entry;
	struct users users;
	size_t i;

	EXPECT_NUMBER(u, span_of("opened"), users_open(&users, s->file) == 0,
	    true);
	for (i = 0; i < ASKS_MAX && g->asks[i].address; i++)
		EXPECT_SPAN(u, span_of(g->asks[i].address),
		    look_up(&users, g->asks[i].address, &entry),
		    span_of(g->asks[i].want));
	close(users.list.fd);
}

static void
all_forms(struct unit *u, const struct scratch *s, const struct group *g)
{
	static const char *const fronts[] = { "", "# sorted\n", "\xef\xbb\xbf",
		"\xef\xbb\xbf# sorted\n", "# sorted\n# and more\n\n" };
	struct form f;
	size_t i;
	int bits;

	for (i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		for (bits = 0; bits < 4; bits++) {
			f.front = fronts[i];
			f.line_end = bits & 1 ? "\r\n" : "\n";
			f.last = (bits & 2) != 0;
			write_file(s, g->content, &f);
			ask(u, s, g);
		}
}

/* In an unsorted file the key decides, in the order of the look-ups. */
static void
precedence(struct unit *u, const struct scratch *s)
{
	static const struct group forwards = {
		L("@b ./all/\na@b ./a/\na+t@b ./t/\n"),
		{ { "a+t@b", "t" }, { "a+x@b", "a" }, { "a@b", "a" },
		    { "x@b", "all" } }
	};
	static const struct group backwards = {
		L("a+t@b ./t/\na@b ./a/\n@b ./all/\nz@b ../\nz+t@b ./z/\n"),
		{ { "a+t@b", "t" }, { "a+x@b", "a" }, { "a@b", "a" },
		    { "x@b", "all" }, { "z+t@b", "z" }, { "z+x@b", FAIL } }
	};

	scratch_write(s, forwards.content);
	ask(u, s, &forwards);
	scratch_write(s, backwards.content);
	ask(u, s, &backwards);
}

/* A wrong result is detected. */
static void
wrong_answers(struct unit *u, const struct scratch *s)
{
	static const struct group wrong = { L("a@b ./a/\n"),
		{ { "a@b", "b" }, { "c@d", "a" }, { "a@b", FAIL } } };
	struct unit inner = { .out = -1 };
	int ends[2] = { -1, -1 };

	if (pipe(ends) < 0)
		_exit(2);
	inner.out = ends[1];
	scratch_write(s, wrong.content);
	ask(&inner, s, &wrong);
	EXPECT_NUMBER(u, span_of("three wrong answers"), inner.failures, 3);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct scratch s;
	size_t i;

	scratch_open(&s);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		all_forms(&u, &s, &groups[i]);
	precedence(&u, &s);
	wrong_answers(&u, &s);
	scratch_close(&s);
	return unit_end(&u);
}
