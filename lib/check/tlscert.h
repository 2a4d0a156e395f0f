/* tlscert - what is in a certificate, as openssl(1) reads it
 *
 * Whose it is, for which names, and when it ends.  Where there is no openssl
 * nothing is said but that. */
#ifndef TLSCERT_H
#define TLSCERT_H

#include "base/span.h"

/* Reports on the certificate DER, which is to be HOST's, and returns how many
 * problems there are. */
unsigned tlscert_report(struct span der, struct span host);

#endif
