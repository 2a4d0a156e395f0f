/* base64 - decodes base64 (RFC 4648 4), as used by AUTH */
#ifndef BASE64_H
#define BASE64_H

#include "base/span.h"

struct text;

/* Appends the octets that CODE stands for to OUT.  False: CODE is no base64, or
 * OUT is full; part of it may be in OUT.  There are no line ends, padding is
 * required, and the unused bits of the last octet are zero, so that there is
 * one code for each value. */
bool base64_decode(struct span code, struct text *out);

#endif
