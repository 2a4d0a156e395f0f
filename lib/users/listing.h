/* listing - the lines of users.txt, without holding the file in memory
 *
 * An address, perhaps something behind it, and `#` for a comment at the start
 * of a line or behind a blank.  LF or CRLF ends a line, the last may lack it, a
 * byte order mark is passed over.  What the lines mean is no business of this
 * part. */
#ifndef LISTING_H
#define LISTING_H

#include "base/span.h"

enum {
	LISTING_LINE_MAX = 4096,
	LISTING_BLOCK = 2 * LISTING_LINE_MAX,
};

struct listing {
	int fd;
	bool sorted;    /* the first line is `# sorted` */
	uint64_t size;  /* octets, when it was opened */
	uint64_t first; /* where the first address of a sorted file stands */
	uint64_t at;    /* where the octets of `block` stand in the file */
	size_t n;       /* how many there are */
	char block[LISTING_BLOCK];
};

/* A place in the file, and whether the rest of its line is to be passed. */
struct listing_cursor {
	uint64_t offset;
	bool within_line;
	uint64_t lines; /* passed so far */
};

struct listing_line {
	uint64_t offset;
	uint64_t number;     /* from 1 on, if the cursor began at the start */
	struct span address; /* as listed; never empty */
	struct span action;  /* what stands behind it, without the comment */
	bool too_long;       /* over LISTING_LINE_MAX, and cut there */
};

/* Opens FILE and reads its first block.  -1: errno says why, and 0 that it is
 * not a regular file. */
int listing_open(struct listing *l, const char *file);

/* The first line at or behind *C that holds an address; *C moves on behind it.
 * 1: it is in *RET, good until the next call; 0: there is none; -1: errno says
 * why (ESTALE: the file has become shorter). */
int listing_next(struct listing *l, struct listing_cursor *c,
    struct listing_line *ret);

/* Moves *C past lines whose address is certainly none of the N keys, which have
 * no A-Z, as far as that can be told without reading on.  It makes a search in
 * a long file ten times as fast, and changes no answer. */
void listing_pass(const struct listing *l, struct listing_cursor *c,
    const struct span keys[], size_t n);

/* How ADDRESS, with A-Z folded to a-z, stands to KEY, which has none: as
 * memcmp(). */
int listing_compare(struct span address, struct span key);

/* In a sorted file: halves the part in which KEY can stand, until it is not
 * much longer than a line.  0: it begins at *RET; -1: errno says why. */
int listing_halve(struct listing *l, struct span key,
    struct listing_cursor *ret);

#endif
