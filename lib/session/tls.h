/* tls - STARTTLS by exec of a TLS helper (RFC 3207)
 *
 * There is no TLS code here.  A helper takes the place of this process, speaks
 * TLS on descriptors 0 and 1, and starts this program again on the plaintext
 * side, with --tls-on, so that no input from before TLS can survive.  The new
 * process learns the rest from its environment: SMTP_STDIO_PEER,
 * SMTP_STDIO_START, and SMTP_STDIO_LOG if standard error was the connection. */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stdint.h>

struct options;
struct peer;

/* Can the helper of --tls be executed? */
bool tls_is_there(const struct options *o);

/* Executes the helper in place of this process; START is the session's, as of
 * os_monotonic_ms().  Returns only on failure, with errno set. */
void tls_exec_helper(const struct options *o, const struct peer *peer,
    int64_t start);

/* With --tls-on: does this session go on where one ended in STARTTLS?  Then
 * here are its peer and its start.  If not, TLS was there from its start. */
bool tls_resume(struct peer *ret_peer, int64_t *ret_start);

/* With --tls-on: is there no log on standard error, because that was the
 * connection before TLS?  Then there is syslog(3). */
bool tls_log_is_lost(void);

#endif
