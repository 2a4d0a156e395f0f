/* tlscheck - tries the helper of --tls, for --check
 *
 * Starts the helper as for STARTTLS, between two pipes, and reads its
 * certificate.  If openssl(1) is installed, it prints the contents. */
#ifndef TLSCHECK_H
#define TLSCHECK_H

#include "base/span.h"

struct options;

/* Reports on the helper and on its certificate, which should be valid for HOST.
 * Returns the number of problems. */
unsigned tlscheck_helper(const struct options *o, struct span host);

#endif
