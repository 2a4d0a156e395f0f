/* bdat - what the octets of BDAT chunks are (RFC 3030)
 *
 * They come counted, so that none of them ends anything.  CRLF becomes LF, as
 * the Maildir has it, also where it is split between two chunks; a CR or LF
 * alone is stored as it is. */
#ifndef BDAT_H
#define BDAT_H

#include "base/span.h"

/* All zero at first. */
struct bdat {
	bool after_cr; /* a CR was taken, and it is not known yet what it is */
	uint64_t size; /* octets taken */
};

/* The argument of BDAT: a size, digits only, and perhaps LAST. */
bool bdat_parse(struct span arg, uint64_t *ret_size, bool *ret_last);

/* Takes octets off the front of *IN, until it is empty or OUT holds MAX octets.
 * Returns how many it holds. */
size_t bdat_decode(struct bdat *c, struct span *in, char *out, size_t max);

/* The last chunk has ended: writes the CR that was held back, if any, to OUT.
 * Returns how many octets that is. */
size_t bdat_end(struct bdat *c, char *out);

#endif
