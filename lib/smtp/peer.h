/* peer - who is at the other end, as the listener says
 *
 * The program asks no socket anything; each kind of listener has variables of
 * its own for it. */
#ifndef PEER_H
#define PEER_H

#include "base/span.h"

enum {
	PEER_ADDRESS_MAX = 46, /* INET6_ADDRSTRLEN */
	PEER_TLS_MAX = 128,
};

struct peer {
	char address[PEER_ADDRESS_MAX]; /* or `unknown` */
	uint64_t port;                  /* or 0 */
	bool secure;                    /* TLS is on */
	char tls[PEER_TLS_MAX];         /* its version and cipher, or empty */
};

/* Reads the peer from the environment.  An IPv4-mapped IPv6 address (`::ffff:`)
 * becomes IPv4, every other IPv6 address its short form; anything that is not
 * an address becomes `unknown`. */
void peer_from_environment(struct peer *ret);

/* The same for one address, in brackets or not. */
void peer_set_address(struct peer *p, struct span address);

/* The same for an address of 4 or 16 octets; any other number: `unknown`. */
void peer_set_octets(struct peer *p, struct span octets);

/* The same for the digits of a port. */
void peer_set_port(struct peer *p, struct span digits);

/* TLS is on, of this version and with this cipher; either may be empty, and one
 * that is no plain word is left out. */
void peer_set_tls(struct peer *p, struct span version, struct span cipher);

/* TLS is on, as SSL_PROTOCOL and SSL_CIPHER say if a helper sets them. */
void peer_tls_from_environment(struct peer *p);

#endif
