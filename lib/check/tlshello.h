/* tlshello - enough of TLS to be shown a certificate (RFC 5246)
 *
 * A first message that asks for TLS 1.2, where the certificate comes in the
 * clear, and a look at what is answered.  Nothing is ever encrypted here, and
 * nothing is trusted. */
#ifndef TLSHELLO_H
#define TLSHELLO_H

#include "base/span.h"

enum { TLSHELLO_MAX = 65536 };

enum tlshello_result {
	TLSHELLO_MORE,        /* has to come, before anything can be said */
	TLSHELLO_CERTIFICATE, /* here is the server's */
	TLSHELLO_NEWER,       /* the server speaks newer versions alone */
	TLSHELLO_ALERT,       /* it refuses, with a number (RFC 5246 7.2) */
	TLSHELLO_NONSENSE,    /* that is no TLS, or there is too much of it */
};

/* The N octets that a server has answered so far, which a caller puts behind
 * one another in `octets`. */
struct tlshello {
	size_t n;
	unsigned alert;
	struct span certificate; /* in DER, good as long as this */
	char octets[TLSHELLO_MAX];
	size_t messages_n; /* the same, without what TLS puts between them */
	char messages[TLSHELLO_MAX];
};

/* What a client says first. */
struct span tlshello_hello(void);

/* What the server has said. */
enum tlshello_result tlshello_parse(struct tlshello *h);

#endif
