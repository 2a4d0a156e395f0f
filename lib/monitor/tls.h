/* tls - STARTTLS by exec of a TLS helper (RFC 3207)
 *
 * There is no TLS code here.  A helper replaces this process, speaks TLS on
 * descriptors 0 and 1, and starts this program again on the plaintext side with
 * --tls-on, so that no state from before TLS remains (RFC 3207 4.2).  The new
 * process gets all its information from the environment: SMTP_STDIO_PEER,
 * SMTP_STDIO_START, and SMTP_STDIO_LOG if standard error was the connection. */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stdint.h>

struct options;
struct peer;

/* Returns whether the helper of --tls can be executed. */
bool tls_is_there(const struct options *o);

/* Executes the helper in place of this process.  PEER is the client, START the
 * start of the session in ms, from os_monotonic_ms(); both are passed in the
 * environment.  Returns only on failure, with errno set. */
void tls_exec_helper(const struct options *o, const struct peer *peer,
    int64_t start);

/* With --tls-on: returns whether this session continues one that ended with
 * STARTTLS, and then sets its peer and its start in ms.  False: the connection
 * used TLS from the start. */
bool tls_resume(struct peer *ret_peer, int64_t *ret_start);

/* With --tls-on: returns whether the log must go to syslog(3), because standard
 * error was the connection before TLS. */
bool tls_log_is_lost(void);

#endif
