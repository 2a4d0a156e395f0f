/* linereader - lines of any length from a descriptor, for the client */
#ifndef LINEREADER_H
#define LINEREADER_H

#include "base/span.h"

enum { LINEREADER_MAX = 65536 };

struct linereader {
	int fd;
	bool eof;
	bool skip_bom; /* remove a byte order mark from the first line */
	bool mid_line; /* the last piece was not the last of its line */
	size_t start, end;
	size_t max; /* octets per piece; 0 means LINEREADER_MAX */
	char buffer[LINEREADER_MAX];
};

/* A piece of a line: the whole line, or at most `max` octets of it. */
struct piece {
	struct span octets; /* without LF or CRLF; valid until the next call */
	bool first, last;   /* this is the first, last piece of its line */
	bool crlf;          /* the line ended with CRLF */
};

/* Waits for the next piece.  False: the input has ended, or reading failed;
 * the client treats both alike. */
bool linereader_next(struct linereader *r, struct piece *ret);

/* True if linereader_next() would return without waiting. */
bool linereader_is_ready(const struct linereader *r);

/* Returns the octets that linereader_next() has not returned yet, valid until
 * the next call. */
struct span linereader_buffered(const struct linereader *r);

/* True if linereader_fill() could read something without losing octets. */
bool linereader_has_room(const struct linereader *r);

/* Reads once, waiting for at least one octet or the end of input.
 * linereader_next() returns the octets as pieces. */
void linereader_fill(struct linereader *r);

#endif
