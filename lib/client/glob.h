/* glob - shell-style patterns, for lines of any octets
 *
 *     *       any octets, or none
 *     ?       one octet
 *     [a-z_]  one octet of the set; with `!` or `^` first, one not in it
 *     \c      the octet c; \r, \n and \xNN as in escape.h
 *
 * The patterns are those of fnmatch(3) in the C locale, without classes.
 * However, NUL is an ordinary octet, nothing is allocated (glibc's fnmatch
 * calls realloc), and the number of steps is at most the length of PATTERN
 * times that of TEXT.  A `[` without a `]` matches itself. */
#ifndef GLOB_H
#define GLOB_H

#include "base/span.h"

/* True if PATTERN matches the whole of TEXT. */
bool glob_matches(struct span pattern, struct span text);

#endif
