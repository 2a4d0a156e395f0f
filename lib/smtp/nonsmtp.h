/* nonsmtp - detects clients that do not speak SMTP (HTTP, TLS)
 *
 * A browser, a proxy under attack, a TLS client on a port without TLS: what
 * follows such a first line was not meant for a mail server and must not be
 * executed as commands (RFC 5321 7.8). */
#ifndef NONSMTP_H
#define NONSMTP_H

#include "base/span.h"

/* The first octet of a TLS handshake, which need not hold a line end (RFC 8446
 * 5.1). */
enum { NONSMTP_TLS = 0x16 };

/* Is it a request line of HTTP, or a header line?  Or NULL, if it is not. */
const char *nonsmtp_find(struct span first_line);

#endif
