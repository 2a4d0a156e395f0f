/* proxy_line - a PROXY header of version 1: a line, which ends with its LF
 * at the latest behind 107 octets */
#ifndef PROXY_LINE_H
#define PROXY_LINE_H

#include <stdbool.h>

#include "smtp/wire.h"

struct peer;

enum { PROXY_LINE_START = 'P' };

/* As proxy_receive() in proxy.h. */
enum wire_result proxy_line_receive(struct wire *w, struct peer *peer,
    bool *ret_good);

#endif
