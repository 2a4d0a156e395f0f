/* confinement - reports how sessions are confined */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

struct options;

/* Sandboxes this process to the mail directory, open as MAIL, like a session
 * (with --tls it can still read other files, for the helper), and reports what
 * holds for sessions: sandbox, system calls, monitor, and whether they could
 * replace a file that the next one uses.  Returns the number of problems. */
unsigned confinement_report(const struct options *o, int mail);

#endif
