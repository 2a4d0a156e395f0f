/* server - a server that is run for one conversation */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

struct conversation;

/* Runs COMMAND, an argv, between two pipes, which become those of D.  False: no
 * process can be started.  A COMMAND that cannot be run is a lost server. */
bool server_begin(struct conversation *d, char *const command[]);

/* Sends QUIT, unless the conversation is over or a message is not finished,
 * which the server then drops.  False: the server closed before that. */
bool server_quit(struct conversation *d);

/* Hangs up.  Whatever the server still says is heard, and it is waited for; if
 * it says nothing for five seconds and does not end, it is told to. */
void server_end(struct conversation *d);

#endif
