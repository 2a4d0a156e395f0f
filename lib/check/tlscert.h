/* tlscert - contents of a certificate, as read by openssl(1)
 *
 * Shows the subject, the names and the end of validity.  If openssl is not
 * installed, only that is reported. */
#ifndef TLSCERT_H
#define TLSCERT_H

#include "base/span.h"

/* Reports on the certificate DER, which should be valid for HOST.  Returns the
 * number of problems. */
unsigned tlscert_report(struct span der, struct span host);

#endif
