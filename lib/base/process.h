/* process - executes other programs
 *
 * A command is a line of words between blanks, an argv; there is no shell.  It
 * gets its parameters in the environment. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "base/span.h"

enum {
	PROCESS_WORDS_MAX = 128,
	PROCESS_VARIABLES_MAX = 8,
};

struct process_variable {
	const char *name;
	struct span value; /* of at most 4096 octets */
};

/* Splits LINE at its blanks, in place, into ARGV, which has room for MAX
 * pointers, NULL at the end among them.  0: there is no word in it, or too
 * many; else how many there are. */
size_t process_split(char *line, char *argv[], size_t max);

/* Can the program NAME be executed, by its path or along $PATH? */
bool process_is_executable(const char *name);

/* Becomes ARGV, with our environment in which these N variables, of
 * PROCESS_VARIABLES_MAX at most, replace others of their names, and with
 * signals as they were.  Returns only if it could not: errno says why. */
void process_exec(char *const argv[], const struct process_variable ours[],
    size_t n);

/* fork() with two pipes between: the child's standard input and output are the
 * other ends of *RET_TO and *RET_FROM. */
pid_t process_fork(int *ret_to, int *ret_from);

#endif
