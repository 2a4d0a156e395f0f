/* setup - what a session needs, opened before the process shuts itself in */
#ifndef SETUP_H
#define SETUP_H

#include "span.h"

struct options;
struct users;

enum { SETUP_HOST_MAX = 256 };

/* The name of this host: the one that is given, or the system's, or else
 * `localhost`.  It lies in the options or in BUFFER. */
struct span setup_host(const struct options *o,
    char buffer[static SETUP_HOST_MAX]);

/* Hides the process's memory, opens the users file and the mail directory, and
 * confines the process to the latter, unless it is to run commands, which may
 * need anything.  -1: no mail can be taken, and the log says why. */
int setup_open(const struct options *o, struct users *users, int *ret_mail);

#endif
