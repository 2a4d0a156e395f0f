/* reader - lines of any length from a descriptor, for the client */
#ifndef READER_H
#define READER_H

#include "base/span.h"

enum { READER_MAX = 65536 };

struct reader {
	int fd;
	bool eof;
	bool mid_line; /* the last piece was not the last of its line */
	size_t start, end;
	size_t most; /* octets of a piece, or 0: READER_MAX */
	char buffer[READER_MAX];
};

/* A piece of a line: all of it, or as much as fits the buffer. */
struct piece {
	struct span octets; /* without LF or CRLF; good until the next call */
	bool first, last;   /* piece of its line */
	bool crlf;          /* it ended with CRLF */
};

/* Waits for the next piece.  False: there is none, the input has ended (or
 * failed, which is the same to a client). */
bool reader_next(struct reader *r, struct piece *ret);

/* Would reader_next() answer without waiting? */
bool reader_is_ready(const struct reader *r);

/* Waits for more octets, of which reader_next() then makes pieces. */
void reader_fill(struct reader *r);

#endif
