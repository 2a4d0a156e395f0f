/* utf8 - code points of UTF-8 (RFC 3629) */
#ifndef UTF8_H
#define UTF8_H

#include "base/span.h"

/* Removes one code point from the front of *REST, which is not empty, and
 * stores it in *RET.  False: the octets are not UTF-8 (only the shortest form
 * is, no surrogates, none above U+10FFFF); at least one was removed. */
bool utf8_take(struct span *rest, uint32_t *ret);

/* True for code points that do not show: control characters, blanks other than
 * the space, soft hyphens, and marks of formats and directions. */
bool utf8_is_hidden(uint32_t point);

#endif
