/* Checks a users file line by line.  See userfile_check.h. */
#include "check/userfile_check.h"

#include "check/report.h"

enum { DUPLICATES_MAX = 20000 }; /* each search starts at line 1 */

void
userfile_check_init(struct userfile_check *l, const char *file,
    struct userfile *list)
{
	l->file = file;
	l->list = list;
	l->now = text_in(l->folded[0], sizeof(l->folded[0]));
	l->before = text_in(l->folded[1], sizeof(l->folded[1]));
}

void
userfile_check_problem(struct userfile_check *l, uint64_t number,
    const char *verdict)
{
	l->problems++;
	report(l->file, number,
	    number > 0 ? text_span_of(&l->now) : (struct span){ "", 0 },
	    verdict);
}

/* Clients that send no SMTPUTF8 send a domain in its ASCII form. */
static void
remark_domain(const struct userfile_check *l, const struct userfile_line *line)
{
	struct span domain = line->address;

	span_take_until(&domain, '@');
	if (!span_all(domain, is_ascii))
		report(l->file, line->number, text_span_of(&l->now),
		    "most clients send this domain in its xn-- form; add a "
		    "line for that, too");
}

static void
fold(struct text *t, struct span address)
{
	t->n = 0;
	text_folded(t, address);
}

/* Returns the first line before NUMBER with the address `now`, or 0. */
static uint64_t
find_before(struct userfile_check *l, uint64_t number)
{
	struct userfile_cursor from = { 0 };
	struct userfile_line line;
	struct span now = text_span_of(&l->now);

	while (userfile_next(l->list, &from, &line) > 0 && line.number < number)
		if (userfile_compare(line.address, now) == 0)
			return line.number;
	return 0;
}

/* Reports a duplicate in a file that is not sorted. */
static void
check_duplicate(struct userfile_check *l, const struct userfile_line *line)
{
	char buffer[128];
	struct text t = text_in(buffer, sizeof(buffer));
	uint64_t first = 0;

	if (l->addresses <= DUPLICATES_MAX)
		first = find_before(l, line->number);
	if (first == 0)
		return;
	text_add(&t, "duplicate of line ");
	text_number(&t, first, 0);
	text_add(&t, ", which takes precedence");
	userfile_check_problem(l, line->number, text_end(&t));
}

/* Reports a wrong order, a duplicate or a gap in a file that is sorted. */
static void
check_order(struct userfile_check *l, const struct userfile_line *line,
    bool gap)
{
	int diff =
	    userfile_compare(text_span_of(&l->before), text_span_of(&l->now));

	if (gap)
		userfile_check_problem(l, line->number,
		    "a comment or an empty line comes before it;"
		    " move that to the top of the file");
	if (diff > 0)
		userfile_check_problem(l, line->number,
		    "is out of order; sort the file");
	else if (diff == 0)
		userfile_check_problem(l, line->number,
		    "duplicate of the line before it");
}

/* The search for duplicates reads the file and so invalidates LINE; all other
 * uses of LINE come first. */
bool
userfile_check_line(struct userfile_check *l, const struct userfile_line *line,
    const char *reason)
{
	bool gap = line->offset != l->end;

	l->addresses++;
	fold(&l->now, line->address);
	if (reason)
		userfile_check_problem(l, line->number, reason);
	else
		remark_domain(l, line);
	if (!l->list->sorted)
		check_duplicate(l, line);
	else if (l->addresses > 1)
		check_order(l, line, gap);
	fold(&l->before, text_span_of(&l->now));
	return !reason;
}
