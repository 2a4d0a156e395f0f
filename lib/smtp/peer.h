/* peer - the address, port and TLS of the client, as the listener reports them
 *
 * The program does not query the socket.  Each kind of listener sets its own
 * environment variables. */
#ifndef PEER_H
#define PEER_H

#include "base/span.h"

enum {
	PEER_ADDRESS_MAX = 46, /* INET6_ADDRSTRLEN */
	PEER_TLS_MAX = 128,
};

#define PEER_HOST_VARIABLE "TCPREMOTEHOST" /* tcpserver, s6 */

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

/* Does the same for one address, with or without brackets. */
void peer_set_address(struct peer *p, struct span address);

/* Does the same for a binary address of 4 or 16 octets; any other length
 * becomes `unknown`. */
void peer_set_octets(struct peer *p, struct span octets);

/* Sets the port from its decimal digits; an invalid one becomes 0. */
void peer_set_port(struct peer *p, struct span digits);

/* Returns the host name of the client that the listener looked up
 * (PEER_HOST_VARIABLE), or an empty span if it is no domain.  PROXIED: the
 * listener knows the proxy only. */
struct span peer_name(bool proxied);

/* Records that TLS is on, with this version and cipher.  Either may be empty;
 * one with unusual characters or over 60 octets is omitted. */
void peer_set_tls(struct peer *p, struct span version, struct span cipher);

/* Does the same with SSL_PROTOCOL and SSL_CIPHER of the environment, which a
 * TLS helper may set. */
void peer_tls_from_environment(struct peer *p);

#endif
