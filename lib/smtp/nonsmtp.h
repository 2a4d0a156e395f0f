/* nonsmtp - detects clients that do not speak SMTP (HTTP, TLS)
 *
 * For example a browser, an abused proxy, or a TLS client on a port without
 * TLS.  The data after such a first line was not meant for a mail server and
 * must not be executed as commands (RFC 5321 7.8). */
#ifndef NONSMTP_H
#define NONSMTP_H

#include "base/span.h"

/* The first octet of a TLS handshake.  A handshake may contain no line end, so
 * do not wait for one (RFC 8446 5.1). */
enum { NONSMTP_TLS = 0x16 };

/* Returns "http" for an HTTP request line, "header" for a header line, else
 * NULL.  The string is static.  *RET_SHOWN is then the start of the line that
 * may be logged, the method or the name of the header with its colon; the rest
 * may hold a password, as in `Authorization: Basic ...`. */
const char *nonsmtp_find(struct span first_line, struct span *ret_shown);

#endif
