/* escape - octets that a line of a transcript cannot hold
 *
 * `\r`, `\n`, `\\` and `\xNN`, with two hexadecimal digits. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base/span.h"

/* Takes what stands behind a backslash off the front of *REST.  False: it means
 * nothing, and *REST is as it was. */
bool escape_take(struct span *rest, char *ret);

#endif
