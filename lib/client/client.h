/* client - the client: --talk
 *
 * The client runs a command whose standard input and output are the connection.
 * It sends lines and shows replies in lock step: it sends a line only after the
 * reply to the previous one; after 354, no reply is due before the dot. */
#ifndef CLIENT_H
#define CLIENT_H

struct options;

/* Runs the command of O and talks to it.  Reads the lines from standard input
 * or from one transcript (see transcript.h), or plays many transcripts, each
 * with a server of its own (see suite.h).  Sends QUIT after the last line.
 * Returns the exit code: 0, 1 if a line differed, EX_IOERR if the
 * connection was lost, EX_NOINPUT or EX_DATAERR if the transcript cannot be
 * read or is invalid, EX_CANTCREAT if the recording cannot be written. */
int client_run(const struct options *o);

#endif
