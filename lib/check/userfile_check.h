/* userfile_check - checks a users file line by line
 *
 * Finds duplicates, and errors in the order of a sorted file; entry.h finds
 * invalid lines.  A file that is not sorted is searched from the start for each
 * of the first 20,000 addresses, because there is no memory to keep them in. */
#ifndef USERFILE_CHECK_H
#define USERFILE_CHECK_H

#include "base/text.h"
#include "users/userfile.h"

struct userfile_check {
	const char *file;
	struct userfile *list;
	uint64_t addresses, problems; /* so far */
	uint64_t end; /* offset after the last line; set by the caller */
	struct text now, before; /* this address and the last, in lower case */
	char folded[2][USERFILE_LINE_MAX];
};

/* Prepares *L, which is otherwise zero, to check LIST.  FILE is its name in
 * reports; both must outlive *L. */
void userfile_check_init(struct userfile_check *l, const char *file,
    struct userfile *list);

/* Reports all problems of LINE: first REASON of entry_parse(), if it is not
 * NULL.  Invalidates LINE.  False: the line is invalid. */
bool userfile_check_line(struct userfile_check *l,
    const struct userfile_line *line, const char *reason);

/* Reports VERDICT on line NUMBER with the address checked last, and counts it
 * as a problem.  NUMBER is 0 for the whole file. */
void userfile_check_problem(struct userfile_check *l, uint64_t number,
    const char *verdict);

#endif
