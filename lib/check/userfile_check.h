/* userfile_check - what can be said of a users file line by line
 *
 * Addresses that are none, duplicates, and the order of a sorted file.  A file
 * that is not sorted is searched from the start for each address: up to 20,000
 * of them, since there is no memory to keep them in. */
#ifndef USERFILE_CHECK_H
#define USERFILE_CHECK_H

#include "base/text.h"
#include "users/userfile.h"

struct userfile_check {
	const char *file;
	struct userfile *list;
	uint64_t addresses, problems; /* so far */
	uint64_t end; /* of the last line, set by the caller before the next */
	struct text now, before; /* addresses, folded: this one, the last one */
	char folded[2][USERFILE_LINE_MAX];
};

void userfile_check_init(struct userfile_check *l, const char *file,
    struct userfile *list);

/* Reports what is wrong with LINE: WHY, if it is not NULL, and the rest.  LINE
 * is no longer good after that.  False: the line is invalid. */
bool userfile_check_line(struct userfile_check *l,
    const struct userfile_line *line, const char *why);

/* Reports VERDICT on line NUMBER, whose address was looked at last. */
void userfile_check_problem(struct userfile_check *l, uint64_t number,
    const char *verdict);

#endif
