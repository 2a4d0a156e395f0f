/* handshake - enough of TLS to be shown a certificate (RFC 5246)
 *
 * A first message that asks for TLS 1.2, where the certificate comes in the
 * clear, and a look at what is answered.  Nothing is ever encrypted here, and
 * nothing is trusted. */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "base/span.h"

enum { HANDSHAKE_MAX = 65536 };

enum handshake_result {
	HANDSHAKE_MORE,        /* has to come, before anything can be said */
	HANDSHAKE_CERTIFICATE, /* here is the server's */
	HANDSHAKE_NEWER,       /* the server speaks newer versions alone */
	HANDSHAKE_ALERT,       /* it refuses, with a number (RFC 5246 7.2) */
	HANDSHAKE_NONSENSE,    /* that is no TLS, or there is too much of it */
};

/* The N octets that a server has answered so far, which a caller puts behind
 * one another in `octets`. */
struct handshake {
	size_t n;
	unsigned alert;
	struct span certificate; /* in DER, good as long as this */
	char octets[HANDSHAKE_MAX];
	size_t messages_n; /* the same, without what TLS puts between them */
	char messages[HANDSHAKE_MAX];
};

/* What a client says first. */
struct span handshake_hello(void);

/* What the server has said. */
enum handshake_result handshake_parse(struct handshake *h);

#endif
