/* users: a file that is not a regular one, and one that is truncated during
 * look-ups: no result comes from half a line. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/path.h"
#include "unit.h"
#include "users/users.h"

enum {
	FILE_MAX = 200000,
	FILLER = 1000,
	HANGING = 10, /* seconds until a blocked test is killed */
};

struct draft {
	struct scratch scratch;
	struct text text;
	char octets[FILE_MAX];
};

/* Enough lines to fill several blocks, sorted: their addresses start with
 * LETTER. */
static void
filler(struct draft *d, const char *letter)
{
	unsigned i;

	for (i = 0; i < FILLER; i++) {
		text_add(&d->text, letter);
		text_number(&d->text, i, 4);
		text_add(&d->text, "@filler.example ./filler/\n");
	}
}

/* Opens a file with a line for b@c in its middle; FIRST is its first line. */
static void
open_middle(struct draft *d, struct users *users, const char *first)
{
	d->text = text_in(d->octets, sizeof(d->octets));
	text_add(&d->text, first);
	filler(d, "a");
	text_add(&d->text, "b@c ./bobby/\n");
	filler(d, "c");
	if (d->text.full)
		_exit(2);
	scratch_write(&d->scratch, text_span_of(&d->text));
	if (users_open(users, d->scratch.file) < 0)
		_exit(2);
}

/* The offset after the N octets that begin the line of b@c. */
static off_t
in_line(const struct draft *d, size_t n)
{
	struct span rest = text_span_of(&d->text);

	while (rest.n > 0 && !span_take_word(&rest, "b@c "))
		span_take_n(&rest, 1);
	return (off_t)(d->text.n - rest.n - 4 + n);
}

static enum users_result
find(struct users *users, const char *address)
{
	struct users_entry entry;
	struct users_address a;
	struct span rest;
	struct path p;

	if (path_parse(span_of(address), &p, &rest) != PATH_OK)
		_exit(2);
	a = (struct users_address){ p.local, p.domain };
	return users_find(users, &a, span_of("mx.example"), &entry);
}

static const char *const firsts[] = { "", "# sorted\n" };

static void
untouched(struct unit *u, struct draft *d)
{
	struct users users;
	size_t i;

	for (i = 0; i < 2; i++) {
		open_middle(d, &users, firsts[i]);
		EXPECT_NUMBER(u, span_of("the first"),
		    find(&users, "<a0000@filler.example>"), USERS_FOUND);
		EXPECT_NUMBER(u, span_of("the middle"), find(&users, "<b@c>"),
		    USERS_FOUND);
		EXPECT_NUMBER(u, span_of("the last"),
		    find(&users, "<c0999@filler.example>"), USERS_FOUND);
		EXPECT_NUMBER(u, span_of("nobody"), find(&users, "<d@d>"),
		    USERS_NONE);
		close(users.list.fd);
	}
}

/* Truncated to nothing, between two lines, and within the line of b@c at each
 * of its octets: no address after the cut is found or refused. */
static void
shortened(struct unit *u, struct draft *d)
{
	struct users users;
	size_t i, n;

	for (i = 0; i < 2; i++)
		for (n = 0; n <= strlen("b@c ./bobby/"); n++) {
			open_middle(d, &users, firsts[i]);
			if (ftruncate(users.list.fd, 0) == 0 ||
			    truncate(d->scratch.file, in_line(d, n)) < 0)
				_exit(2);
			users.error = 77;
			EXPECT_NUMBER(u, span_of("shortened: the middle"),
			    find(&users, "<b@c>"), USERS_FAIL);
			EXPECT_NUMBER(u, span_of("shortened: why"),
			    (unsigned)users.error, ESTALE);
			EXPECT_NUMBER(u, span_of("shortened: the last"),
			    find(&users, "<c0999@filler.example>"), USERS_FAIL);
			EXPECT_NUMBER(u, span_of("shortened: nobody"),
			    find(&users, "<d@d>"), USERS_FAIL);
			close(users.list.fd);
		}
}

static void
emptied(struct unit *u, struct draft *d)
{
	struct users users;
	size_t i;

	for (i = 0; i < 2; i++) {
		open_middle(d, &users, firsts[i]);
		if (truncate(d->scratch.file, 0) < 0)
			_exit(2);
		users.error = 77;
		EXPECT_NUMBER(u, span_of("emptied: the middle"),
		    find(&users, "<b@c>"), USERS_FAIL);
		EXPECT_NUMBER(u, span_of("emptied: why"), (unsigned)users.error,
		    ESTALE);
		users.error = 77;
		EXPECT_NUMBER(u, span_of("emptied: Postmaster"),
		    find(&users, "<Postmaster>"), USERS_FAIL);
		EXPECT_NUMBER(u, span_of("emptied: why"), (unsigned)users.error,
		    ESTALE);
		close(users.list.fd);
	}
}

/* A descriptor that cannot be read any more. */
static void
unreadable(struct unit *u, struct draft *d)
{
	struct users users;
	size_t i;

	for (i = 0; i < 2; i++) {
		open_middle(d, &users, firsts[i]);
		close(users.list.fd);
		users.list.fd = -1;
		EXPECT_NUMBER(u, span_of("unreadable: the last"),
		    find(&users, "<c0999@filler.example>"), USERS_FAIL);
		EXPECT_NUMBER(u, span_of("unreadable: why"),
		    (unsigned)users.error, EBADF);
	}
}

static void
expect_refused(struct unit *u, const char *file, int error)
{
	struct users users;

	errno = 77;
	EXPECT_TRUE(u, span_of("it is no file"), users_open(&users, file) < 0);
	EXPECT_NUMBER(u, span_of("and why"), (unsigned)errno, (unsigned)error);
}

static void
no_files(struct unit *u, const struct draft *d)
{
	unlink(d->scratch.file);
	expect_refused(u, d->scratch.file, ENOENT);
	expect_refused(u, d->scratch.dir, 0);
	expect_refused(u, "/dev/null", 0);
	expect_refused(u, "", ENOENT);
	if (mkfifo(d->scratch.file, 0600) < 0)
		_exit(2);
	expect_refused(u, d->scratch.file, 0);
	unlink(d->scratch.file);
	if (symlink("file", d->scratch.file) < 0)
		_exit(2);
	expect_refused(u, d->scratch.file, ELOOP);
}

int
main(void)
{
	static struct draft draft;
	struct unit u = { .out = STDOUT_FILENO };

	alarm(HANGING);
	scratch_open(&draft.scratch);
	untouched(&u, &draft);
	shortened(&u, &draft);
	emptied(&u, &draft);
	unreadable(&u, &draft);
	no_files(&u, &draft);
	scratch_close(&draft.scratch);
	return unit_end(&u);
}
