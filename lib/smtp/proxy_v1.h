/* proxy_v1 - parser for a PROXY header of version 1: one line of at most 107
 * octets, with CRLF */
#ifndef PROXY_V1_H
#define PROXY_V1_H

#include <stdbool.h>

#include "smtp/wire.h"

struct peer;

enum { PROXY_V1_START = 'P' };

/* Like proxy_receive() in proxy.h, for version 1. */
enum wire_result proxy_v1_receive(struct wire *w, struct peer *peer,
    bool *ret_good);

#endif
