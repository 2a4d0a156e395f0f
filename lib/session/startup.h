/* startup - opens the files of a session, then sandboxes the process */
#ifndef STARTUP_H
#define STARTUP_H

#include "base/span.h"

struct options;
struct users;

enum { STARTUP_HOST_MAX = 256 };

/* Returns the name of this host: the one in the options, or the system's, or
 * `localhost` if that is invalid.  It is valid as long as O and BUFFER. */
struct span startup_host(const struct options *o,
    char buffer[static STARTUP_HOST_MAX]);

/* Protects the memory of the process, and opens USERS and the mail directory as
 * *RET_MAIL.  Fails if a session could replace USERS or the helper of --tls,
 * because they lie below the mail directory.  If nothing but TLS is executed,
 * sandboxes the process: it, and the helper later, can read other files, and
 * write only below the mail directory.  -1: failure; the reason was logged. */
int startup_open(const struct options *o, struct users *users, int *ret_mail);

/* Sandboxes the process that serves clients: it can use the mail directory MAIL
 * and what it has open, and execute nothing.  Where messages go through an
 * exchange it cannot read files of MAIL.  What the system does not support is
 * logged. */
void startup_confine(const struct options *o, int mail);

/* Returns NULL, or why a path of the options must not be used with the mail
 * directory MAIL; then *RET is the path. */
const char *startup_check_paths(const struct options *o, int mail,
    const char **ret);

/* Opens the mail directory MAIL as *RET_MAIL, for --check.  A check run as root
 * would pass regardless of permissions, and new files would belong to root, so
 * root first drops to the owner of MAIL, or of its parent if MAIL does not
 * exist. -1: failure, with errno set. */
int startup_open_as_owner(const char *mail, int *ret_mail);

#endif
