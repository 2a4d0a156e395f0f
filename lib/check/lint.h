/* lint - what can be said of a users file line by line
 *
 * Addresses that are none, duplicates, and the order of a sorted file.  A file
 * that is not sorted is searched from the start for each address: up to 20,000
 * of them, since there is no memory to keep them in. */
#ifndef LINT_H
#define LINT_H

#include "base/text.h"
#include "users/listing.h"

struct lint {
	const char *file;
	struct listing *list;
	uint64_t addresses, problems; /* so far */
	uint64_t end; /* of the last line, set by the caller before the next */
	struct text now, before; /* addresses, folded: this one, the last one */
	char folded[2][LISTING_LINE_MAX];
};

void lint_init(struct lint *l, const char *file, struct listing *list);

/* Reports what is wrong with LINE: WHY, if it is not NULL, and the rest.  LINE
 * is no longer good after that.  False: the line means nothing. */
bool lint_line(struct lint *l, const struct listing_line *line,
    const char *why);

/* Reports VERDICT on line NUMBER, whose address was looked at last. */
void lint_problem(struct lint *l, uint64_t number, const char *verdict);

#endif
