/* glob - shell-style patterns, for lines of any octets
 *
 *     *       any octets, or none
 *     ?       one octet
 *     [a-z_]  one of these; `!` or `^` at the front: none of these
 *     \c      the octet c; \r, \n and \xNN as in escape.h
 *
 * It is what fnmatch(3) does in the C locale, without classes, but NUL is an
 * ordinary octet, nothing is allocated (glibc's calls realloc), and the steps
 * are at most PATTERN times TEXT.  A `[` that nothing closes is itself. */
#ifndef GLOB_H
#define GLOB_H

#include "base/span.h"

/* Does PATTERN match the whole of TEXT? */
bool glob_matches(struct span pattern, struct span text);

#endif
