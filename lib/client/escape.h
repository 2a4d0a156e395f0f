/* escape - escapes for octets that a line of a transcript cannot hold
 *
 * `\r`, `\n`, `\\` and `\xNN`, with two hexadecimal digits. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base/span.h"

/* Takes an escape, without its backslash, off the front of *REST and stores the
 * octet in *RET.  False: the escape is invalid, and *REST is unchanged. */
bool escape_take(struct span *rest, char *ret);

#endif
