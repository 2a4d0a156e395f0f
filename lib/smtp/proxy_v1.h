/* proxy_v1 - a PROXY header of version 1: a line, which ends with its LF
 * at the latest behind 107 octets */
#ifndef PROXY_V1_H
#define PROXY_V1_H

#include <stdbool.h>

#include "smtp/wire.h"

struct peer;

enum { PROXY_V1_START = 'P' };

/* As proxy_receive() in proxy.h. */
enum wire_result proxy_v1_receive(struct wire *w, struct peer *peer,
    bool *ret_good);

#endif
