/* proxy - the header in which a proxy says who its client is
 *
 * HAProxy's PROXY protocol, version 1, a line, and version 2, octets.  It is
 * read to its last octet and no further. */
#ifndef PROXY_H
#define PROXY_H

#include <stdbool.h>

#include "smtp/wire.h"

struct peer;

/* Reads a header.  WIRE_OK: it has been taken, *RET_GOOD says whether it was
 * one, and if it was, *PEER is whom it names.  A header that speaks for nobody
 * but the proxy (LOCAL, UNKNOWN) leaves *PEER as it was; a UNIX socket's client
 * is `unknown`.  Anything else: the connection gave no more. */
enum wire_result proxy_receive(struct wire *w, struct peer *peer,
    bool *ret_good);

#endif
