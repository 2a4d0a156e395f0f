/* proxy - parser for the PROXY header, in which a proxy names its client
 *
 * HAProxy's PROXY protocol, version 1 (a line) and version 2 (binary).  The
 * parser consumes the header and no octet after it. */
#ifndef PROXY_H
#define PROXY_H

#include <stdbool.h>

#include "smtp/wire.h"

struct peer;

/* Reads a header.  WIRE_OK: *RET_GOOD is true if the header was valid, and
 * *PEER is then the client that it names.  A header without a client (LOCAL,
 * UNKNOWN) leaves *PEER unchanged; the client of a UNIX socket is `unknown`.
 * Any other result: the connection ended or failed before the end of the
 * header. */
enum wire_result proxy_receive(struct wire *w, struct peer *peer,
    bool *ret_good);

#endif
