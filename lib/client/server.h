/* server - starts and ends the server process of one conversation */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>

struct conversation;

/* Runs COMMAND, an argv, between two pipes and stores their ends in *D.  False:
 * no process could be started.  If COMMAND cannot be executed, the conversation
 * loses the server instead. */
bool server_begin(struct conversation *d, char *const command[]);

/* Waits for the reply that is due and sends QUIT.  Sends no QUIT if the
 * conversation is over or within a message; the server then drops the message.
 * False: the server is lost, and its last reply was not 221. */
bool server_quit(struct conversation *d);

/* Closes the connection.  Shows the remaining lines of the server and waits for
 * it to exit.  Sends it SIGTERM if it sends nothing for five seconds and does
 * not close its output, or does not exit within the timeout, and SIGKILL five
 * seconds later. */
void server_end(struct conversation *d);

#endif
