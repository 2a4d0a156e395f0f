/* bdat - decoder for BDAT chunks (RFC 3030)
 *
 * The client sends the size of each chunk, so no octet ends it.  CRLF is
 * stored as LF, as usual in a Maildir, even if it is split between two chunks;
 * a bare CR or LF is stored unchanged. */
#ifndef BDAT_H
#define BDAT_H

#include "base/span.h"

/* Set to zero before the first chunk. */
struct bdat {
	bool after_cr; /* the last octet taken is a CR, not yet written */
	uint64_t size; /* octets taken */
};

/* Parses the argument of BDAT: the size of the chunk in octets, digits only,
 * and optionally LAST.  False: it is invalid. */
bool bdat_parse(struct span arg, uint64_t *ret_size, bool *ret_last);

/* Decodes octets from the front of *IN, until *IN is empty or OUT holds MAX
 * octets.  Returns the number of octets in OUT. */
size_t bdat_decode(struct bdat *c, struct span *in, char *out, size_t max);

/* Ends the last chunk: writes a pending CR, if any, to OUT.  Returns the number
 * of octets in OUT, 0 or 1. */
size_t bdat_end(struct bdat *c, char *out);

#endif
