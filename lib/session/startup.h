/* startup - opens what a session needs, then sandboxes the process */
#ifndef STARTUP_H
#define STARTUP_H

#include "base/span.h"

struct options;
struct users;

enum { STARTUP_HOST_MAX = 256 };

/* The name of this host: the one that is given, or the system's, or else
 * `localhost`.  It lies in the options or in BUFFER. */
struct span startup_host(const struct options *o,
    char buffer[static STARTUP_HOST_MAX]);

/* Confines the process to the mail directory, open as MAIL; what a helper for
 * TLS has to read can be read, and commands may need anything. */
enum startup_sandbox_result {
	STARTUP_SANDBOXED,
	STARTUP_NOT_SANDBOXED, /* because of commands */
	STARTUP_NO_SANDBOX,    /* this system knows no way */
};
enum startup_sandbox_result startup_sandbox(const struct options *o, int mail);

/* Hides the process's memory, opens the users file and the mail directory, and
 * confines the process.  -1: no mail can be taken, and the log says why. */
int startup_open(const struct options *o, struct users *users, int *ret_mail);

/* For --check, which root may have started.  A check run as root would pass
 * regardless of permissions, and create files of root, so this first drops to
 * the owner of the mail directory MAIL, or of the directory in which MAIL will
 * be created.  -1: errno says why. */
int startup_open_as_owner(const char *mail, int *ret_mail);

#endif
