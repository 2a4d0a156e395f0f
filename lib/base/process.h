/* process - executes other programs
 *
 * A command is a line of words separated by blanks, an argv; there is no shell.
 * It gets its parameters in the environment. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "base/span.h"

enum {
	PROCESS_WORDS_MAX = 128,
	PROCESS_VARIABLES_MAX = 16,
};

struct process_variable {
	const char *name;
	struct span value; /* at most 4096 octets */
};

/* Splits LINE in place at its blanks into ARGV, which has room for MAX pointers
 * including the final NULL.  ARGV is valid as long as LINE.  Returns the number
 * of words, or 0 if there is none or there are too many. */
size_t process_split(char *line, char *argv[], size_t max);

/* True if the program NAME, a path or a name to look up in $PATH, is an
 * executable regular file. */
bool process_is_executable(const char *name);

/* Executes ARGV after restoring default signal handling.  The N variables
 * OURS, at most PROCESS_VARIABLES_MAX, replace those of the same name in the
 * environment.  Returns only on failure, with errno. */
void process_exec(char *const argv[], const struct process_variable ours[],
    size_t n);

/* fork() with two pipes: the parent writes to *RET_TO, the child's standard
 * input, and reads its standard output from *RET_FROM.  Returns the child's
 * process number in the parent, which closes both descriptors, 0 in the child,
 * or -1 with errno. */
pid_t process_fork(int *ret_to, int *ret_from);

#endif
