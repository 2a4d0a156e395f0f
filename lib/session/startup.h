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

/* Sandboxes the process to the mail directory, open as MAIL.  With --tls it can
 * still read other files, which the helper needs.  With --commands there is no
 * sandbox, because commands may need any access. */
enum startup_sandbox_result {
	STARTUP_SANDBOXED,
	STARTUP_NOT_SANDBOXED, /* because of --commands */
	STARTUP_NO_SANDBOX,    /* the system does not support it */
};
enum startup_sandbox_result startup_sandbox(const struct options *o, int mail);

/* Protects the memory of the process, opens USERS and the mail directory as
 * *RET_MAIL, and sandboxes the process.  -1: failure; the reason was logged. */
int startup_open(const struct options *o, struct users *users, int *ret_mail);

/* Opens the mail directory MAIL as *RET_MAIL, for --check.  A check run as root
 * would pass regardless of permissions, and new files would belong to root, so
 * root first drops to the owner of MAIL, or of its parent if MAIL does not
 * exist. -1: failure, with errno set. */
int startup_open_as_owner(const char *mail, int *ret_mail);

#endif
