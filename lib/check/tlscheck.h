/* tlscheck - tries the helper of --tls, for --check
 *
 * It is started as for STARTTLS, between two pipes, and is to show its
 * certificate; openssl(1), where that is installed, says what is in it. */
#ifndef TLSCHECK_H
#define TLSCHECK_H

#include "base/span.h"

struct options;

/* Reports what there is to say of the helper, and of its certificate for HOST,
 * and returns how many problems that is. */
unsigned tlscheck_helper(const struct options *o, struct span host);

#endif
