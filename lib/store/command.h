/* command - runs a program that receives a message: `|` lines of users.txt
 *
 * The program reads the complete message from a file, not from a pipe, which
 * could break in the middle.  Sender and recipient are in its environment.  No
 * shell is involved. */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/span.h"

struct envelope_command;

enum command_result {
	COMMAND_DONE,
	COMMAND_REFUSES, /* permanently: exit 65, 67, 69, 76, 77 or 100 */
	COMMAND_FAILS,   /* any other exit or signal, or a timeout */
};

/* Runs COMMAND, its line split into an argv at blanks, and waits for it.  Its
 * standard input is the descriptor MESSAGE; its standard output and error are
 * the descriptor LOG, or /dev/null if LOG is -1.  At DEADLINE, as in
 * os_monotonic_ms(), its process group is killed.  *RET_STATUS is its exit
 * code, 128 plus the signal that ended it, or -1 with errno set if fork()
 * failed. */
enum command_result command_run(const struct envelope_command *command,
    struct span sender, int message, int log, int64_t deadline,
    int *ret_status);

#endif
