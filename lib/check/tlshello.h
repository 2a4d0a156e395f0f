/* tlshello - enough of TLS to read a server's certificate (RFC 5246)
 *
 * Provides a ClientHello for TLS 1.2, in which the certificate is sent in the
 * clear, and a parser for the answer.  This module never encrypts anything and
 * trusts nothing. */
#ifndef TLSHELLO_H
#define TLSHELLO_H

#include "base/span.h"

enum { TLSHELLO_MAX = 65536 };

enum tlshello_result {
	TLSHELLO_MORE,        /* incomplete, more octets are needed */
	TLSHELLO_CERTIFICATE, /* the certificate was found */
	TLSHELLO_NEWER,       /* the server accepts only newer versions */
	TLSHELLO_ALERT,       /* refused with an alert (RFC 5246 7.2) */
	TLSHELLO_NONSENSE,    /* not TLS, or TLSHELLO_MAX was not enough */
};

/* The N octets received from the server so far.  The caller appends them to
 * `octets`. */
struct tlshello {
	size_t n;
	unsigned alert;
	struct span certificate; /* in DER; points into `messages` */
	char octets[TLSHELLO_MAX];
	size_t messages_n; /* the same without the record headers */
	char messages[TLSHELLO_MAX];
};

/* Returns the ClientHello to send (static). */
struct span tlshello_hello(void);

/* Parses what was received so far.  Sets H->certificate for
 * TLSHELLO_CERTIFICATE, H->alert for TLSHELLO_ALERT and TLSHELLO_NEWER. */
enum tlshello_result tlshello_parse(struct tlshello *h);

#endif
