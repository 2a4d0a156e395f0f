/* suite - many transcripts, each with a server of its own
 *
 * A line says what became of each, and the last one how many there were:
 *
 *     ok tests/a.txt
 *     not ok tests/b.txt: line 12: want "250 OK" got "550 No such mailbox"
 *     1 ok, 1 not ok */
#ifndef SUITE_H
#define SUITE_H

#include <stddef.h>

struct conversation;
struct linereader;

struct suite {
	struct conversation *conversation; /* room for one */
	struct linereader *input;          /* and for a transcript */
	char *const *command;              /* started for each */
	size_t ok, failed;
	int code;
};

/* Plays the files NAMES, a row of N, and of those that are folders each file
 * that is not hidden, in order of names.  Returns the exit code: 0, 1 if a line
 * differed somewhere, EX_IOERR if a server was lost, EX_NOINPUT or EX_DATAERR
 * if a transcript cannot be read or is invalid; of several, the largest. */
int suite_play(struct suite *s, char *const names[], size_t n);

#endif
