/* userfile - reads the lines of users.txt without loading the whole file
 *
 * A line is an address, or another key, optionally followed by an action.  A
 * `#` at the start of a line or after a blank starts a comment.  LF or CRLF
 * ends a line; the last line may lack it.  A byte order mark is skipped.
 * entry.h parses the lines. */
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
	uint64_t size;  /* octets, at the time of opening */
	uint64_t first; /* offset of the first address of a sorted file */
	uint64_t at;    /* offset of `block` in the file */
	size_t n;       /* octets in `block` */
	char block[USERFILE_BLOCK];
};

/* A position in the file, and whether to skip the rest of its line. */
struct userfile_cursor {
	uint64_t offset;
	bool within_line;
	uint64_t lines; /* lines passed so far */
};

struct userfile_line {
	uint64_t offset;
	uint64_t number;     /* from 1, if the cursor began at the start */
	struct span address; /* or other key, as listed; never empty */
	struct span action;  /* the text after it, without the comment */
	bool too_long;       /* over USERFILE_LINE_MAX, truncated there */
};

/* Opens FILE and reads its first block.  Returns 0, or -1 with errno; errno 0
 * means that FILE is not a regular file. */
int userfile_open(struct userfile *l, const char *file);

/* Forgets the block in memory, so that the next read sees the file as it is
 * now. */
void userfile_forget(struct userfile *l);

/* Reads the first line at or after *C that has an address, and moves *C past
 * it.  1: the line is in *RET, valid until the next call; 0: there is none; -1:
 * errno is set (ESTALE: the file was truncated). */
int userfile_next(struct userfile *l, struct userfile_cursor *c,
    struct userfile_line *ret);

/* Moves *C past lines whose address is certainly none of the N keys, within the
 * block in memory.  The keys must be in lower case (no A-Z) and not empty; one
 * that ends with a colon stands for all that begin with it.  This makes a
 * search in a long file ten times as fast and does not change its result. */
void userfile_pass(const struct userfile *l, struct userfile_cursor *c,
    const struct span keys[], size_t n);

/* True if the last line has no end. */
bool userfile_lacks_end(const struct userfile *l);

/* True if the last line has no end and the file was changed less than a minute
 * ago, or in the future: a writer may not be done. */
bool userfile_is_being_written(const struct userfile *l);

/* Compares ADDRESS, with A-Z folded to a-z, with KEY, which must have no A-Z.
 * Returns -1, 0 or 1 for less, equal or greater, by octets and then by
 * length. */
int userfile_compare(struct span address, struct span key);

/* Binary search in a sorted file: narrows the range that may contain KEY until
 * it is at most USERFILE_LINE_MAX octets.  0: the range starts at *RET; -1:
 * errno is set. */
int userfile_halve(struct userfile *l, struct span key,
    struct userfile_cursor *ret);

#endif
