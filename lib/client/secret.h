/* secret - finds passwords in what a client sends, which are not recorded
 *
 * A line whose verb is AUTH has one, so may the answer to a 334 (RFC 4954 4),
 * and so may each line after an AUTH that is no command: a client that misses a
 * reply sends its password late. */
#ifndef SECRET_H
#define SECRET_H

#include "base/span.h"

struct secret {
	bool challenged; /* by the caller: the last reply was a 334 */
	bool tried_auth;
	bool in_line; /* the last octets did not end their line */
	bool rest;    /* the rest of that line is hidden */
};

/* Cuts LINE to the octets that may be recorded.  It is a line or part of one,
 * without its line end; ENDS says whether that follows.  The parts are given in
 * order.  True: something is or will be hidden. */
bool secret_hides(struct secret *s, struct span *line, bool ends);

#endif
