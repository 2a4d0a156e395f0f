/* client - the client: --talk
 *
 * It runs a command whose standard input and output are the connection, sends
 * lines and shows replies, in lock step: the next line only after the reply to
 * the last, and after 354 no reply before the dot. */
#ifndef CLIENT_H
#define CLIENT_H

struct options;

/* Runs the command of O and talks to it.  The lines come from standard input,
 * or from its transcript (see transcript.h), or many transcripts are played,
 * each with a server of its own (see suite.h).  The end of the lines sends
 * QUIT.  Returns the exit code: 0, 1 if a line differed, EX_IOERR if the
 * connection was lost, EX_NOINPUT or EX_DATAERR if the transcript cannot be
 * read or is invalid, EX_CANTCREAT if the recording cannot be written. */
int client_run(const struct options *o);

#endif
