/* command - runs a program that receives a message: `|` lines of users.txt
 *
 * The program reads the complete message from a file, not from a pipe, which
 * could break in the middle.  Sender and recipient are in its environment.  No
 * shell is involved. */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/span.h"

struct envelope_command;
struct process_variable;

enum { COMMAND_CLIENT_N = 8 };

enum command_result {
	COMMAND_DONE,
	COMMAND_REFUSES, /* permanently: exit 65, 67, 69, 76, 77 or 100 */
	COMMAND_FAILS,   /* any other exit or signal, or a timeout */
};

/* What a command gets besides its line. */
struct command_input {
	int message; /* descriptor of its standard input */
	int log;     /* of its output and error, or -1 for /dev/null */
	struct span sender;
	struct span id; /* of the message */
	uint64_t size;  /* octets of the message, as stored */
	/* COMMAND_CLIENT_N variables on the client, or NULL */
	const struct process_variable *client;
};

/* Runs COMMAND, its line split into an argv at blanks, with INPUT, and waits
 * for it.  At DEADLINE, as in os_monotonic_ms(), its process group is killed.
 * *RET_STATUS is its exit code, 128 plus the signal that ended it, or -1 with
 * errno set if fork() failed. */
enum command_result command_run(const struct envelope_command *command,
    const struct command_input *input, int64_t deadline, int *ret_status);

#endif
