/* process - starts, executes and waits for other programs
 *
 * A command is a line of words separated by blanks, an argv; there is no shell.
 * It gets its parameters in the environment. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"

enum {
	PROCESS_WORDS_MAX = 128,
	PROCESS_LINE_MAX = 4096, /* octets of a command line */
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

/* Finds the program NAME, a path or a name to look up in $PATH: the first
 * executable regular file.  Returns its path, which is NAME or in BUFFER, or
 * NULL. */
enum { PROCESS_PATH_MAX = 4096 };
const char *process_find(const char *name,
    char buffer[static PROCESS_PATH_MAX]);

/* Returns whether process_find() finds NAME. */
bool process_is_executable(const char *name);

/* True if those who may write in the directory of the descriptor DIR can
 * replace or supply the program of the command line LINE (see beneath.h). */
bool process_lies_beneath(const char *line, int dir);

/* Executes ARGV after restoring default signal handling.  The N variables
 * OURS, at most PROCESS_VARIABLES_MAX, replace those of the same name in the
 * environment.  Returns only on failure, with errno. */
void process_exec(char *const argv[], const struct process_variable ours[],
    size_t n);

/* Executes the command line LINE, split at its blanks, as process_exec() does.
 * Returns only on failure, which it reports on standard error: LINE has no
 * word, too many, or over PROCESS_LINE_MAX octets, or the program cannot be
 * executed. */
void process_exec_line(const char *line, const struct process_variable ours[],
    size_t n);

/* How to start a child process. */
struct process {
	/* The child's descriptors 0 to 3 are copies of these.  -1 is /dev/null,
	 * or for descriptor 3 that there is none. */
	int fd[4];
	bool own_group;       /* in a process group of its own */
	int (*run)(void *of); /* runs in the child; returns the exit code */
	void *of;
};

/* Creates a pipe, both ends with O_CLOEXEC.  Returns 0, or -1 with errno. */
int process_pipe(int *ret_read, int *ret_write);

/* Starts the child P.  A program that it executes inherits descriptors above 3
 * that lack O_CLOEXEC.  Returns its process number, or -1 with errno.  The
 * caller calls process_wait() for it. */
pid_t process_start(const struct process *p);

/* The same with two pipes for p->fd[0] and p->fd[1]: the caller writes to
 * *RET_TO, reads from *RET_FROM, and closes both. */
pid_t process_start_piped(struct process *p, int *ret_to, int *ret_from);

/* Waits until the child PID ends, at most until DEADLINE, as in
 * os_monotonic_ms().  Stores in *RET_STATUS its exit code, 128 plus the signal
 * that ended it, or -1 with errno if it cannot be waited for.  False: it still
 * runs.  A signal of this process does not end the wait. */
bool process_wait(pid_t pid, int64_t deadline, int *ret_status);

/* Returns the exit code in STATUS, which is from waitpid(2), or 128 plus the
 * signal that ended the process. */
int process_status(int status);

/* Sends SIGKILL to the child PID, and to its process group if it has its own,
 * and waits a few seconds for its end. */
void process_kill(pid_t pid, bool own_group);

#endif
