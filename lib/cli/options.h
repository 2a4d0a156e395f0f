/* options - parser for the command line */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OPTIONS_RECIPIENTS_MAX = 1000, /* of a message */
	OPTIONS_COMMAND_MAX = 4096,    /* octets of a command, with NUL */
	OPTIONS_POLICIES_MAX = 4,
};

enum options_mode {
	OPTIONS_SERVE,
	OPTIONS_CHECK,
	OPTIONS_TALK,
	OPTIONS_DONE,  /* --help or --version: done */
	OPTIONS_WRONG, /* an error, reported by usage_complain() */
};

struct options {
	const char *users; /* file, or NULL: --catch alone */
	const char *mail;  /* directory */
	const char *name;  /* of this host, or NULL */
	uint64_t size;     /* octets of a message, 0: no limit */
	uint64_t recipients;
	uint64_t timeout;      /* seconds, idle timeout */
	uint64_t deadline;     /* seconds for the session */
	uint64_t command_time; /* seconds for a command of users.txt */
	const char *tls;       /* the helper for STARTTLS, or NULL */
	bool tls_on, tls_required, proxy;
	const char *filter; /* command for each message, or NULL */
	const char *policies[OPTIONS_POLICIES_MAX]; /* commands */
	size_t policies_n;
	const char *auth; /* a checkpassword program, or NULL */
	bool auth_clear, auth_required;
	bool commands, lmtp, lf, lab, no_sync, deterministic;
	bool catch; /* take mail for any address, from any user; `lf` is set */
	char *const *transcripts; /* of --talk: files and folders */
	size_t transcripts_n;
	char *const *command; /* of --talk: argv with NULL */
	const char *record;   /* file for the transcript of --talk, or NULL */
	char *self;           /* argv[0] */
	char *const *inside;  /* options for the session inside --tls: */
	size_t inside_n;      /* all but --tls, --proxy, --check */
};

/* Parses the command line into *RET and returns the mode.  The strings and
 * arrays of *RET point into ARGV, whose pointers are reordered, or are static.
 * usage_complain() reports errors. */
enum options_mode options_parse(int argc, char *argv[], struct options *ret);

#endif
