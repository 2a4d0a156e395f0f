/* suite - many transcripts, each with a server of its own
 *
 * Prints one result line per transcript, and the totals in the last line:
 *
 *     ok tests/a.txt
 *     not ok tests/b.txt: line 12: want "250 OK" got "550 No such mailbox"
 *     1 ok, 1 not ok */
#ifndef SUITE_H
#define SUITE_H

#include <stddef.h>
#include <stdint.h>

struct conversation;
struct linereader;

struct suite {
	struct conversation *conversation; /* memory for one conversation */
	struct linereader *input;          /* memory to read one transcript */
	char *const *command;              /* started once per transcript */
	int64_t timeout;                   /* ms, see conversation.h */
	size_t ok, failed;
	int code;
};

/* Plays the N files NAMES.  For a directory, plays each file in it that is not
 * hidden, in order of names.  Returns the exit code: 0, 1 if a line
 * differed somewhere, EX_IOERR if a server was lost, EX_NOINPUT or EX_DATAERR
 * if a transcript cannot be read or is invalid; of several, the largest. */
int suite_play(struct suite *s, char *const names[], size_t n);

#endif
