/* call - a server that is run for one dialogue */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>

struct dialogue;

/* Runs COMMAND, an argv, between two pipes, which become those of D.  False: no
 * process can be started.  A COMMAND that cannot be run is a lost server. */
bool call_begin(struct dialogue *d, char *const command[]);

/* Says QUIT, unless the dialogue is over or a message is under way: the server
 * drops one that has no end.  False: the server left before that. */
bool call_quit(struct dialogue *d);

/* Hangs up.  Whatever the server still says is heard, and it is waited for; if
 * it says nothing for five seconds and does not end, it is told to. */
void call_end(struct dialogue *d);

#endif
