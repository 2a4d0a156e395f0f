/* Proves the configuration.  See check.h. */
#include "check.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "confine.h"
#include "file.h"
#include "maildir.h"
#include "options.h"
#include "os.h"
#include "path.h"
#include "report.h"
#include "text.h"
#include "users.h"

enum {
	DUPLICATES_MAX = 20000, /* each is looked for from the start on */
};

struct check {
	const struct options *options;
	int mail;
	uint64_t addresses, maildirs, problems;
	struct users users;
	struct text now, before; /* addresses, folded: this one, the last one */
	char folded[2][LISTING_LINE_MAX];
	char maildir[MEANING_MAILDIR_MAX];
};

static const struct span nobody = { "", 0 };

static void
problem(struct check *c, const struct listing_line *line, const char *verdict)
{
	c->problems++;
	report(c->options->users, line->number, line->address, verdict);
}

static void
trouble(struct check *c, const char *file, struct span who, const char *what)
{
	c->problems++;
	report_error(file, who, what, errno);
}

/* local-part@domain, @domain, or postmaster */
static bool
is_address(struct span address)
{
	char bracketed[LISTING_LINE_MAX + 2];
	struct text t = text_in(bracketed, sizeof(bracketed));
	struct span rest = address;
	struct path path;

	if (span_take(&rest, '@'))
		return path_is_host(rest);
	text_char(&t, '<');
	text_span(&t, address);
	text_char(&t, '>');
	return path_parse(text_span_of(&t), &path, &rest) == PATH_OK &&
	    rest.n == 0;
}

static void
fold(struct text *t, struct span address)
{
	t->n = 0;
	for (; address.n > 0; span_take_some(&address, 1))
		text_char(t, (char)to_lower((unsigned char)address.s[0]));
}

/* The line before NUMBER that holds the address `now` already, or 0. */
static uint64_t
find_before(struct check *c, uint64_t number)
{
	struct listing_cursor from = { 0 };
	struct listing_line line;
	struct span now = text_span_of(&c->now);

	while (listing_next(&c->users.list, &from, &line) > 0 &&
	    line.number < number)
		if (listing_compare(line.address, now) == 0)
			return line.number;
	return 0;
}

/* A duplicate in a file that is not sorted. */
static void
check_duplicate(struct check *c, const struct listing_line *line)
{
	char buffer[128];
	struct text t = text_in(buffer, sizeof(buffer));
	uint64_t first = 0;

	if (c->addresses <= DUPLICATES_MAX)
		first = find_before(c, line->number);
	if (first == 0)
		return;
	text_add(&t, "stands in line ");
	text_number(&t, first, 0);
	text_add(&t, " already, which wins; remove one of them");
	c->problems++;
	report(c->options->users, line->number, text_span_of(&c->now),
	    text_end(&t));
}

/* The place of an address in a file that is sorted. */
static void
check_order(struct check *c, const struct listing_line *line, bool gap)
{
	int diff =
	    listing_compare(text_span_of(&c->before), text_span_of(&c->now));

	if (gap && c->addresses > 1)
		problem(c, line,
		    "a comment or an empty line stands in front of"
		    " it; move it up to the first line");
	if (diff > 0)
		problem(c, line, "stands behind a greater one; sort the file");
	else if (diff == 0)
		problem(c, line,
		    "stands in the line before it, too; remove"
		    " one of them");
}

/* All that a message needs, under a name that no mail reader looks at. */
static int
try_maildir(int mail, const char *box)
{
	static const char name[] = ".smtp-stdio-check";
	struct maildir_file f;
	int failed;

	if (maildir_ready(mail, box) < 0 ||
	    maildir_create(mail, box, name, &f) < 0)
		return -1;
	failed = file_write_all(f.fd, name, sizeof(name)) < 0 ||
	    os_sync(f.fd) < 0 || maildir_link(mail, &f, box, name) < 0;
	if (!failed)
		failed = maildir_sync(mail, box) < 0 ||
		    maildir_unlink(mail, box, name) < 0;
	maildir_close(mail, &f);
	return failed ? -1 : 0;
}

static void
check_maildir(struct check *c)
{
	struct span box = span_of(c->maildir);

	c->maildirs++;
	if (try_maildir(c->mail, c->maildir) < 0)
		trouble(c, c->options->mail, box, "cannot be used");
	else
		report(c->options->mail, 0, box, "ok");
}

/* Looking for duplicates moves on in the file, and LINE with it: it comes last
 * of what needs LINE. */
static void
check_line(struct check *c, const struct listing_line *line, bool gap)
{
	const char *why = meaning_of(line, c->maildir);

	c->addresses++;
	fold(&c->now, line->address);
	if (!why && !is_address(line->address))
		why = "is not local-part@domain, @domain or postmaster";
	if (why)
		problem(c, line, why);
	if (!c->users.list.sorted)
		check_duplicate(c, line);
	else if (c->addresses > 1)
		check_order(c, line, gap);
	fold(&c->before, text_span_of(&c->now));
	if (!why)
		check_maildir(c);
}

static void
check_users(struct check *c)
{
	struct listing_cursor at = { 0 };
	struct listing_line line;
	uint64_t end;
	int found;

	for (;;) {
		end = at.offset;
		found = listing_next(&c->users.list, &at, &line);
		if (found <= 0)
			break;
		check_line(c, &line, line.offset != end);
	}
	if (found < 0)
		trouble(c, c->options->users, nobody, "cannot be read");
	else if (c->addresses == 0)
		problem(c, &(struct listing_line){ 0 },
		    "lists nobody, so all mail is refused; write an address");
}

static void
report_total(const struct check *c)
{
	char buffer[256];
	struct text t = text_in(buffer, sizeof(buffer));

	text_number(&t, c->addresses, 0);
	text_add(&t, " addresses, ");
	text_add(&t,
	    c->users.list.sorted ? "sorted; " : "one after the other; ");
	text_number(&t, c->maildirs, 0);
	text_add(&t, " Maildirs tried, ");
	text_number(&t, c->problems, 0);
	text_add(&t, c->problems == 1 ? " problem" : " problems");
	report("total", 0, nobody, text_end(&t));
}

/* Opens what a session opens, and confines the process likewise. */
static bool
open_all(struct check *c)
{
	const struct options *o = c->options;

	if (users_open(&c->users, o->users) < 0) {
		if (errno == 0)
			errno = ENOTSUP;
		trouble(c, o->users, nobody, "must be a regular file");
		return false;
	}
	if (maildir_root(o->mail, &c->mail) < 0) {
		trouble(c, o->mail, nobody, "cannot be used");
		return false;
	}
	if (confine_to(c->mail) < 0)
		report("confinement", 0, nobody,
		    "none, this system has no"
		    " Landlock of ABI 2 or later; run it in a sandbox");
	else
		report("confinement", 0, nobody,
		    "Landlock; below the mail directory, and nowhere else");
	return true;
}

int
check(const struct options *o)
{
	static struct check c;

	if (os_start(o->no_sync, o->deterministic) < 0)
		return EX_IOERR;
	c.options = o;
	c.now = text_in(c.folded[0], sizeof(c.folded[0]));
	c.before = text_in(c.folded[1], sizeof(c.folded[1]));
	if (open_all(&c))
		check_users(&c);
	report_total(&c);
	return c.problems > 0 ? EX_CONFIG : EX_OK;
}
