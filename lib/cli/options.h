/* options - the command line */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPTIONS_TLS_MAX = 4096 }; /* octets of the helper's command, with NUL */

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
	const char *tls;       /* the helper for STARTTLS, or NULL */
	bool tls_on, proxy;
	bool commands, lmtp, lf, lab, no_sync, deterministic;
	char *const *transcripts; /* of --talk, a row: */
	size_t transcripts_n;
	char *const *command; /* of --talk, argv and NULL */
	const char *record;   /* file for what --talk hears and says, or NULL */
	char *self;           /* this program's name, as it was called */
	char *const *inside;  /* options for the session behind --tls: */
	size_t inside_n;      /* all but --tls, --proxy, --check */
};

/* Reads the command line into *RET, whose texts point into ARGV; the pointers
 * there are moved. */
enum options_mode options_parse(int argc, char *argv[], struct options *ret);

#endif
