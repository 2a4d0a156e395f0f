/* userfile - the lines of users.txt, without holding the file in memory
 *
 * An address, perhaps something behind it, and `#` for a comment at the start
 * of a line or behind a blank.  LF or CRLF ends a line, the last may lack it, a
 * byte order mark is passed over.  What the lines mean is no business of this
 * part. */
#ifndef USERFILE_H
#define USERFILE_H

#include "base/span.h"

enum {
	USERFILE_LINE_MAX = 4096,
	USERFILE_BLOCK = 2 * USERFILE_LINE_MAX,
};

struct userfile {
	int fd;
	bool sorted;    /* the first line is `# sorted` */
	uint64_t size;  /* octets, when it was opened */
	uint64_t first; /* where the first address of a sorted file stands */
	uint64_t at;    /* where the octets of `block` stand in the file */
	size_t n;       /* how many there are */
	char block[USERFILE_BLOCK];
};

/* A place in the file, and whether the rest of its line is to be passed. */
struct userfile_cursor {
	uint64_t offset;
	bool within_line;
	uint64_t lines; /* passed so far */
};

struct userfile_line {
	uint64_t offset;
	uint64_t number;     /* from 1 on, if the cursor began at the start */
	struct span address; /* as listed; never empty */
	struct span action;  /* what stands behind it, without the comment */
	bool too_long;       /* over USERFILE_LINE_MAX, and cut there */
};

/* Opens FILE and reads its first block.  -1: errno says why, and 0 that it is
 * not a regular file. */
int userfile_open(struct userfile *l, const char *file);

/* The first line at or behind *C that holds an address; *C moves on behind it.
 * 1: it is in *RET, good until the next call; 0: there is none; -1: errno says
 * why (ESTALE: the file has become shorter). */
int userfile_next(struct userfile *l, struct userfile_cursor *c,
    struct userfile_line *ret);

/* Moves *C past lines whose address is certainly none of the N keys, which have
 * no A-Z, as far as that can be told without reading on.  It makes a search in
 * a long file ten times as fast, and changes no answer. */
void userfile_pass(const struct userfile *l, struct userfile_cursor *c,
    const struct span keys[], size_t n);

/* How ADDRESS, with A-Z folded to a-z, stands to KEY, which has none: as
 * memcmp(). */
int userfile_compare(struct span address, struct span key);

/* In a sorted file: halves the part in which KEY can stand, until it is not
 * much longer than a line.  0: it begins at *RET; -1: errno says why. */
int userfile_halve(struct userfile *l, struct span key,
    struct userfile_cursor *ret);

#endif
