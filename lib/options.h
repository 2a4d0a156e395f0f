/* options - the command line */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum options_mode {
	OPTIONS_SERVE,
	OPTIONS_CHECK,
	OPTIONS_TALK,
	OPTIONS_DONE,  /* --help or --version were answered */
	OPTIONS_WRONG, /* the message is on stderr */
};

struct options {
	const char *users; /* file */
	const char *mail;  /* directory */
	const char *name;  /* of this host, or NULL */
	uint64_t size;     /* octets of a message, 0: no limit */
	uint64_t recipients;
	uint64_t timeout;      /* seconds without input */
	uint64_t deadline;     /* seconds for the session */
	uint64_t command_time; /* seconds for a command of users.txt */
	bool commands, lmtp, lf, lab, no_sync, deterministic;
	const char *transcript; /* of --talk, or NULL */
	char *const *command;   /* of --talk, argv and NULL */
};

/* Reads the command line into *RET, whose texts point into ARGV. */
enum options_mode options_parse(int argc, char *argv[], struct options *ret);

#endif
