/* hijacked - the program with a session that a client has taken over
 *
 * All is the real program up to the sandbox of the session; then code of an
 * attacker runs in its process, with its memory and descriptors.  The
 * environment says which:
 *
 *     HIJACK=attempts      all that it must not do, and what it may do
 *     HIJACK=NAME          one abuse of the monitor: hijacked_requests.c
 *     HIJACK_NUMBER=N      a detail of that
 *     HIJACK_REPORT=FILE   where the result goes, as TAP
 *     HIJACK_WITHOUT=landlock, or all: Landlock, and the list of calls, too
 *     HIJACK_WRONG=yes     takes what is allowed for forbidden: must fail
 *     HIJACK_SWAP=yes      replaces the monitor's temporary files, which have
 *                          names then
 *     HIJACK_HASTE=MS      the monitor's deadline comes that much earlier
 *
 * Without HIJACK it is the program. */
#ifndef HIJACKED_H
#define HIJACKED_H

#include "session/session.h"
#include "unit.h"

struct hijack {
	struct unit report;
	struct session *session;
	bool landlock; /* in force, of at least ABI 2 */
	long abi;
	bool listed; /* the list of system calls is in force */
	bool wrong;
	long parent; /* the monitor, or the listener */
	uint64_t number;
};

/* Makes all attempts.  Returns the exit code. */
int hijack_attempts(struct hijack *h);

/* Before the process is confined. */
void hijack_prepare(void);

/* Abuses the monitor as NAME says.  Returns the exit code. */
int hijack_monitor(struct hijack *h, const char *name);

/* Prints the result of an attempt, with ERROR, an errno or 0. */
void hijack_report(struct hijack *h, const char *name, int error, bool good);

/* Waits until something ends this process. */
_Noreturn void hijack_wait(void);

#endif
