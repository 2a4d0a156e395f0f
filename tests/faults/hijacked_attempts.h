/* hijacked_attempts - system calls that a hijacked session makes
 *
 * In the current directory are mail/, which is --mail, and out/; see
 * hijacked.bats.  What is forbidden has an effect in a process that is not
 * confined, or at least reaches the kernel. */
#ifndef HIJACKED_ATTEMPTS_H
#define HIJACKED_ATTEMPTS_H

/* What forbids an attempt. */
enum forbidden {
	CALL,    /* the list: ENOSYS */
	ALONE,   /* the same; without the list it would end this process */
	OUTSIDE, /* Landlock, and nothing else */
	CUTTING, /* the same, from its ABI 3 on */
	READING, /* the same where there is an exchange, else it is allowed */
	HIDDEN,  /* the kernel, except to root without Landlock */
	STORING, /* nothing: it is allowed */
};

/* What it needs, one bit each. */
enum needs {
	EXCHANGE = 1 << 0,
	MONITOR = 1 << 1,
	LOG = 1 << 2, /* the log is a file */
};

/* Arguments that are known only when the program runs. */
enum argument {
	AN_EXCHANGE = -70001, /* descriptors */
	A_USERS_FILE,
	A_MAIL,
	WHAT_WAS_OPENED, /* by the attempt before */
	THE_MONITOR,     /* process number of the parent */
};

struct attempt {
	const char *name;
	enum forbidden by;
	unsigned needs;
	long call;
	long a[6];
};

/* Paths that are known only when the program runs. */
extern char hijack_log[40], hijack_users[40], hijack_exchange[40];
extern char hijack_opened[40], hijack_memory[40], hijack_environment[40];

/* Ends with a row without a name. */
extern const struct attempt hijack_calls[], hijack_files[], hijack_ends[];

#endif
