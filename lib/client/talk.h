/* talk - the client: --talk
 *
 * It runs a command whose standard input and output are the connection, sends
 * lines and shows replies, in lock step: the next line only after the reply to
 * the last, and after 354 no reply before the dot. */
#ifndef TALK_H
#define TALK_H

struct options;

/* Talks to the command of O.  The lines come from standard input, or from its
 * transcript (see script.h), or many transcripts are played, each for itself
 * (see suite.h).  The end of the lines sends QUIT.  Returns the exit code: 0, 1
 * if a line differed, EX_IOERR if the server was lost, EX_NOINPUT or EX_DATAERR
 * if the transcript cannot be read or means nothing, EX_CANTCREAT if what was
 * said cannot be written down. */
int talk(const struct options *o);

#endif
