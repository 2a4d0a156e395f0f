/* Parser for the PROXY header.  See proxy.h.
 *
 * This file parses version 2.  Section numbers refer to HAProxy's
 * proxy-protocol.txt. */
#include "smtp/proxy.h"

#include <string.h>

#include "smtp/peer.h"
#include "smtp/proxy_v1.h"

enum {
	HEAD = 16, /* octets of version 2 before the addresses */
	LOCAL = 0x20,
	PROXY = 0x21,
	TLV_HEAD = 3,
	TLV_MAX = 4096, /* octets; a longer value is skipped */
	TLV_CRC32C = 0x03,
	TLV_SSL = 0x20,
	SSL_HEAD = 5,
	SSL_ON = 1,
	SSL_VERSION = 0x21,
	SSL_CIPHER = 0x23,
};

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n"; /* 2.2 */

static unsigned
octet(struct span s, size_t i)
{
	return (unsigned char)s.s[i];
}

/* The state of a version 2 header while it is read. */
struct header {
	struct wire *wire;
	size_t left;   /* octets not yet taken */
	uint32_t crc;  /* of the octets taken; 2.2.3 */
	uint32_t told; /* the CRC in the header, if `tells` */
	bool tells;
};

static void
add_crc(struct header *h, unsigned c)
{
	int bit;

	h->crc ^= c;
	for (bit = 0; bit < 8; bit++)
		h->crc = h->crc >> 1 ^ (h->crc & 1 ? 0x82f63b78 : 0);
}

/* Consumes S.  The checksum field itself counts as zero in the checksum. */
static void
take(struct header *h, struct span s, bool as_zero)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		add_crc(h, as_zero ? 0 : octet(s, i));
	wire_consume(h->wire, s.n);
	h->left -= s.n;
}

static enum wire_result
skip(struct header *h, size_t n)
{
	enum wire_result r;
	struct span block;

	for (; n > 0; n -= block.n) {
		r = wire_peek_at_most(h->wire, n, &block);
		if (r != WIRE_OK)
			return r;
		take(h, block, false);
	}
	return WIRE_OK;
}

/* Peeks at the next N octets; take() consumes them. */
static enum wire_result
need(struct header *h, size_t n, struct span *ret)
{
	enum wire_result r = wire_peek_at_least(h->wire, n, ret);

	if (r == WIRE_OK)
		ret->n = n;
	return r;
}

/* Version and cipher are nested values within VALUE; 2.2.6. */
static void
parse_ssl(struct span value, struct peer *p)
{
	struct span version = { value.s, 0 }, cipher = { value.s, 0 }, inner;
	unsigned type;

	if (value.n < SSL_HEAD || !(octet(value, 0) & SSL_ON))
		return;
	span_take_n(&value, SSL_HEAD);
	while (value.n >= TLV_HEAD) {
		type = octet(value, 0);
		inner.n = span_big_endian(value, 1, 2);
		span_take_n(&value, TLV_HEAD);
		inner = span_take_n(&value, inner.n);
		if (type == SSL_VERSION)
			version = inner;
		if (type == SSL_CIPHER)
			cipher = inner;
	}
	peer_set_tls(p, version, cipher);
}

static enum wire_result
receive_value(struct header *h, unsigned type, size_t n, struct peer *p)
{
	struct span value;
	enum wire_result r;

	if (n > TLV_MAX)
		return skip(h, n);
	r = need(h, n, &value);
	if (r != WIRE_OK)
		return r;
	if (type == TLV_SSL)
		parse_ssl(value, p);
	if (type == TLV_CRC32C && n == sizeof(h->told)) {
		h->tells = true;
		h->told = span_big_endian(value, 0, 4);
	}
	take(h, value, type == TLV_CRC32C);
	return WIRE_OK;
}

/* Reads the sequence of type, length and value; 2.2. */
static enum wire_result
receive_values(struct header *h, struct peer *p, bool *ret_good)
{
	enum wire_result r;
	struct span head;
	unsigned type;
	size_t n;

	while (h->left > 0) {
		if (h->left < TLV_HEAD)
			return WIRE_OK;
		r = need(h, TLV_HEAD, &head);
		if (r != WIRE_OK)
			return r;
		type = octet(head, 0);
		n = span_big_endian(head, 1, 2);
		take(h, head, false);
		if (n > h->left)
			return WIRE_OK;
		r = receive_value(h, type, n, p);
		if (r != WIRE_OK)
			return r;
	}
	*ret_good = !h->tells || (h->crc ^ 0xffffffff) == h->told;
	return WIRE_OK;
}

/* Layout of the addresses before the values, by address family; 2.2. */
static const struct addresses {
	unsigned family;
	size_t size, client, port; /* octets; offset of the port */
} addresses[] = {
	{ 0x11, 12, 4, 8 },   /* TCP over IPv4 */
	{ 0x21, 36, 16, 32 }, /* TCP over IPv6 */
	{ 0x31, 216, 0, 0 },  /* UNIX socket: no address */
};

static enum wire_result
receive_addresses(struct header *h, unsigned family, struct peer *p,
    bool *ret_good)
{
	const struct addresses *a = addresses;
	const struct addresses *end = a + sizeof(addresses) / sizeof(*a);
	enum wire_result r;
	struct span block;

	while (a < end && a->family != family)
		a++;
	if (a == end || h->left < a->size)
		return WIRE_OK;
	r = need(h, a->size, &block);
	if (r != WIRE_OK)
		return r;
	peer_set_octets(p, (struct span){ block.s, a->client });
	p->port = a->port ? span_big_endian(block, a->port, 2) : 0;
	take(h, block, false);
	return receive_values(h, p, ret_good);
}

static enum wire_result
receive_octets(struct wire *w, struct peer *p, bool *ret_good)
{
	struct header h = { .wire = w, .left = HEAD, .crc = 0xffffffff };
	unsigned command, family;
	enum wire_result r;
	struct span head;

	r = need(&h, HEAD, &head);
	if (r != WIRE_OK)
		return r;
	if (memcmp(head.s, signature, sizeof(signature) - 1) != 0)
		return WIRE_OK;
	command = octet(head, 12);
	family = octet(head, 13);
	take(&h, head, false);
	h.left = span_big_endian(head, 14, 2);
	if (command == PROXY && family != 0)
		return receive_addresses(&h, family, p, ret_good);
	if (command != PROXY && command != LOCAL)
		return WIRE_OK;
	*ret_good = true;
	return skip(&h, h.left);
}

enum wire_result
proxy_receive(struct wire *w, struct peer *peer, bool *ret_good)
{
	struct span block;
	enum wire_result r = wire_peek(w, &block);

	*ret_good = false;
	if (r == WIRE_OK && block.s[0] == PROXY_V1_START)
		return proxy_v1_receive(w, peer, ret_good);
	if (r == WIRE_OK && block.s[0] == signature[0])
		return receive_octets(w, peer, ret_good);
	return r;
}
