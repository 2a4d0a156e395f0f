/* command - runs a program that receives a message: a `|` line of users.txt, or
 * the filter
 *
 * The program reads the complete message from a file of its own, not from a
 * pipe, which could break in the middle.  Sender, recipient and client are in
 * its environment.  No shell is involved.  It has ended when it and all that it
 * started have ended. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct answer;
struct monitor;
struct peer;
struct request;

struct command {
	int mail, exchange;  /* descriptors */
	const char *line;    /* argv, separated by blanks */
	bool has_envelope;   /* on descriptor 3: `||`, filter */
	int output;          /* a file for its standard output, or -1: log it */
	uint64_t output_max; /* octets of that file */
	const struct request *request; /* with the message, and checked */
	const struct peer *peer;
	bool proxied;     /* the listener knows the proxy only */
	const char *user; /* of AUTH, or empty */
	int64_t deadline; /* as in os_monotonic_ms() */
};

/* Returns a command for m->request of the monitor M that ends by DEADLINE.  It
 * has no line, envelope and output yet. */
struct command command_for(const struct monitor *m, int64_t deadline);

/* Runs C and waits for it, in a process of its own: all that this process
 * started is killed at the deadline, or by SIGTERM.  The result is in *RET. */
void command_run(const struct command *c, struct answer *ret);

#endif
