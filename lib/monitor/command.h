/* command - runs a program that receives a message: `|` lines of users.txt
 *
 * The program reads the complete message from a file of its own, not from a
 * pipe, which could break in the middle.  Sender, recipient and client are in
 * its environment.  No shell is involved.  It has ended when it and all that it
 * started have ended. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct action;
struct answer;
struct peer;
struct request;

struct command {
	int mail, exchange;            /* descriptors */
	const struct action *action;   /* of the line: ACTION_COMMAND */
	const struct request *request; /* REQUEST_RUN, and checked */
	const struct peer *peer;
	bool proxied;     /* the listener knows the proxy only */
	int64_t deadline; /* as in os_monotonic_ms() */
	pid_t parent;     /* of the program: this process */
};

/* Runs C and waits for it, in a process of its own: all that this process
 * started is killed at the deadline, or by SIGTERM.  The result is in *RET. */
void command_run(const struct command *c, struct answer *ret);

#endif
