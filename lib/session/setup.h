/* setup - what a session needs, opened before the process shuts itself in */
#ifndef SETUP_H
#define SETUP_H

#include "base/span.h"

struct options;
struct users;

enum { SETUP_HOST_MAX = 256 };

/* The name of this host: the one that is given, or the system's, or else
 * `localhost`.  It lies in the options or in BUFFER. */
struct span setup_host(const struct options *o,
    char buffer[static SETUP_HOST_MAX]);

/* Confines the process to the mail directory, open as MAIL; what a helper for
 * TLS has to read can be read, and commands may need anything. */
enum setup_confinement {
	SETUP_CONFINED,
	SETUP_FREE,   /* because of commands */
	SETUP_CANNOT, /* this system knows no way */
};
enum setup_confinement setup_confine(const struct options *o, int mail);

/* Hides the process's memory, opens the users file and the mail directory, and
 * confines the process.  -1: no mail can be taken, and the log says why. */
int setup_open(const struct options *o, struct users *users, int *ret_mail);

/* For --check, which root may have started.  Root proves nothing, and what it
 * makes belongs to root: from here on the process is whoever owns the mail
 * directory MAIL, or the one in which it is to be made.  -1: errno says why. */
int setup_open_as_owner(const char *mail, int *ret_mail);

#endif
