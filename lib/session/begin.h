/* begin - the beginning of a session, up to the greeting */
#ifndef BEGIN_H
#define BEGIN_H

#include "session/session.h"

/* Opens the log, users.txt and the mail directory as s->options say.  -1:
 * failure; the reply was sent and the reason was logged. */
int begin_open(struct session *s);

/* Calls SERVE with S, in a child process with this one as its monitor if the
 * options need one (monitor.h).  Returns the exit code. */
int begin_run(struct session *s, int (*serve)(void *of));

/* Sandboxes the process that serves S. */
void begin_confine(const struct session *s);

/* With --proxy: reads the client's address from the PROXY header.  If the
 * header is missing or invalid, the session ends. */
void begin_read_proxy(struct session *s);

#endif
