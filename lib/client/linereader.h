/* linereader - lines of any length from a descriptor, for the client */
#ifndef LINEREADER_H
#define LINEREADER_H

#include "base/span.h"

enum { LINEREADER_MAX = 65536 };

struct linereader {
	int fd;
	bool eof;
	bool mid_line; /* the last piece was not the last of its line */
	size_t start, end;
	size_t most; /* octets of a piece, or 0: LINEREADER_MAX */
	char buffer[LINEREADER_MAX];
};

/* A piece of a line: all of it, or as much as fits the buffer. */
struct piece {
	struct span octets; /* without LF or CRLF; good until the next call */
	bool first, last;   /* piece of its line */
	bool crlf;          /* it ended with CRLF */
};

/* Waits for the next piece.  False: there is none, the input has ended (or
 * failed, which is the same to a client). */
bool linereader_next(struct linereader *r, struct piece *ret);

/* Would linereader_next() answer without waiting? */
bool linereader_is_ready(const struct linereader *r);

/* Waits for more octets, of which linereader_next() then makes pieces. */
void linereader_fill(struct linereader *r);

#endif
