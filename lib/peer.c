/* Who is at the other end.  See peer.h. */
#include "peer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const struct source {
	const char *address, *port;
} sources[] = {
	{ "TCPREMOTEIP", "TCPREMOTEPORT" }, /* tcpserver, tcpsvd, s6 */
	{ "REMOTE_ADDR", "REMOTE_PORT" },   /* systemd */
	{ "SOCAT_PEERADDR", "SOCAT_PEERPORT" },
	{ "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT" },
	{ "REMOTE_HOST", "REMOTE_PORT" }, /* xinetd: an address, too */
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

/* ADDRESS in 16 octets, IPv4 in the mapped form. */
static bool
parse(struct span address, unsigned char octets[static 16])
{
	char bare[PEER_ADDRESS_MAX];
	struct text t = text_in(bare, sizeof(bare));

	if (span_take(&address, '[') &&
	    (address.n == 0 || address.s[--address.n] != ']'))
		return false;
	text_span(&t, span_take_until(&address, '%')); /* fe80::1%eth0 */
	if (memchr(bare, '\0', t.n) || !text_end(&t))
		return false;
	if (inet_pton(AF_INET6, bare, octets) == 1)
		return true;
	if (address.n > 0)
		return false; /* only IPv6 has zones */
	memcpy(octets, mapped, sizeof(mapped));
	return inet_pton(AF_INET, bare, octets + sizeof(mapped)) == 1;
}

void
peer_set_address(struct peer *p, struct span address)
{
	unsigned char octets[16];
	const char *ok = NULL;

	if (parse(address, octets))
		ok = memcmp(octets, mapped, sizeof(mapped)) == 0
		    ? inet_ntop(AF_INET, octets + sizeof(mapped), p->address,
		          sizeof(p->address))
		    : inet_ntop(AF_INET6, octets, p->address,
		          sizeof(p->address));
	if (!ok)
		strcpy(p->address, "unknown");
}

void
peer_from_environment(struct peer *ret)
{
	const char *address = NULL, *port = NULL;
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(*sources) && !address; i++) {
		address = getenv(sources[i].address);
		port = getenv(sources[i].port);
	}
	peer_set_address(ret, span_of(address ? address : ""));
	ret->port = 0;
	if (address && port)
		span_number(span_of(port), &ret->port);
	if (ret->port > UINT16_MAX)
		ret->port = 0;
}
