/* command - a message handed to a program: `|` lines of users.txt
 *
 * It gets the finished message as a file, never a pipe that might break in its
 * middle, and what it may know in its environment.  No shell sees any of it. */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/span.h"

struct envelope_command;

enum command_result {
	COMMAND_DONE,
	COMMAND_REFUSES, /* for good: exit 65, 67, 69, 76, 77 or 100 */
	COMMAND_FAILS,   /* any other way to end, or the time was over */
};

/* Runs COMMAND, its argv split at blanks, with MESSAGE, a descriptor, as its
 * standard input and LOG as the other two; -1 is /dev/null.  It has SECONDS,
 * then its process group is killed.  *RET_STATUS is its exit code, 128 and the
 * signal that ended it, or -1 and errno if it could not be started. */
enum command_result command_run(const struct envelope_command *command,
    struct span sender, int message, int log, unsigned seconds,
    int *ret_status);

#endif
