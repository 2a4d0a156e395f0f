/* monitor - executes for a session, which cannot
 *
 * Privilege separation: where --tls or --commands is given, the process that
 * the listener started becomes the monitor, and its child the session.  All
 * that both use is opened before they part.  The session parses what clients
 * send and is sandboxed; it asks the monitor through requests (request.h),
 * which the monitor does not trust: the words of a command come from the users
 * file, and the helper's from the command line.
 *
 * The monitor ends with the session and has its exit code.  It passes SIGTERM
 * on, ends a session that does not end in time, and after a STARTTLS becomes
 * the TLS helper. */
#ifndef MONITOR_H
#define MONITOR_H

#include "monitor/state.h"

struct options;

/* True if the options need a monitor; if it executes other programs than the
 * TLS helper; if messages for them go through an exchange. */
bool monitor_is_needed(const struct options *o);
bool monitor_runs_programs(const struct options *o);
bool monitor_has_exchange(const struct options *o);

/* Opens the pipes and the exchange of *M, whose first members the caller has
 * set.  -1: failure, with errno. */
int monitor_open(struct monitor *m);

/* Starts SESSION, which gets OF, in a child process, and is its monitor.
 * Returns the exit code: that of the session, or EX_TEMPFAIL if it was ended by
 * a signal or made a request out of turn, which is logged; or -1 with errno if
 * it cannot be started. */
int monitor_run(struct monitor *m, int (*session)(void *of), void *of);

#endif
