/* The address, port and TLS of the client.  See peer.h. */
#include "smtp/peer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "smtp/path.h"

extern char **environ;

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

/* Parses ADDRESS into 16 octets; IPv4 in the mapped form. */
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

static void
set_octets(struct peer *p, const unsigned char octets[static 16])
{
	if (memcmp(octets, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, octets + sizeof(mapped), p->address,
		    sizeof(p->address));
	else
		inet_ntop(AF_INET6, octets, p->address, sizeof(p->address));
}

void
peer_set_octets(struct peer *p, struct span octets)
{
	unsigned char all[16];

	strcpy(p->address, "unknown");
	if (octets.n != 4 && octets.n != sizeof(all))
		return;
	memcpy(all, mapped, sizeof(mapped));
	memcpy(all + sizeof(all) - octets.n, octets.s, octets.n);
	set_octets(p, all);
}

void
peer_set_address(struct peer *p, struct span address)
{
	unsigned char octets[16];

	strcpy(p->address, "unknown");
	if (parse(address, octets))
		set_octets(p, octets);
}

/* Returns the value of VARIABLE, `NAME=value`, or NULL if its name differs. */
static const char *
value_of(const char *variable, const char *name)
{
	while (*name && *variable == *name) {
		variable++;
		name++;
	}
	return *name == '\0' && *variable == '=' ? variable + 1 : NULL;
}

/* Makes one pass through the environment; getenv() would make one per name.
 * The first of the sources that is set takes precedence. */
void
peer_from_environment(struct peer *ret)
{
	size_t i, source = sizeof(sources) / sizeof(*sources);
	const char *value, *address = "", *port = NULL;
	char **variable;

	for (variable = environ; *variable; variable++)
		for (i = 0; i < source; i++) {
			value = value_of(*variable, sources[i].address);
			if (!value)
				continue;
			address = value;
			source = i;
		}
	if (*address)
		port = getenv(sources[source].port);
	peer_set_address(ret, span_of(address));
	peer_set_port(ret, span_of(port ? port : ""));
}

void
peer_set_port(struct peer *p, struct span digits)
{
	p->port = 0;
	span_number(digits, &p->port);
	if (p->port > UINT16_MAX)
		p->port = 0;
}

static bool
is_plain(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || (c && strchr("-._+:", c));
}

static void
add_fact(struct text *t, struct span fact)
{
	if (fact.n == 0 || !span_all(fact, is_plain) || fact.n > 60)
		return;
	text_add(t, t->n > 0 ? " " : "");
	text_span(t, fact);
}

void
peer_set_tls(struct peer *p, struct span version, struct span cipher)
{
	struct text t = text_in(p->tls, sizeof(p->tls));

	p->secure = true;
	add_fact(&t, version);
	add_fact(&t, cipher);
	text_end(&t);
}

void
peer_tls_from_environment(struct peer *p)
{
	const char *version = getenv("SSL_PROTOCOL");
	const char *cipher = getenv("SSL_CIPHER");

	peer_set_tls(p, span_of(version ? version : ""),
	    span_of(cipher ? cipher : ""));
}

struct span
peer_name(bool proxied)
{
	const char *name = proxied ? NULL : getenv(PEER_HOST_VARIABLE);

	/* An address literal would be read as another address of the client. */
	return span_of(
	    name && name[0] != '[' && path_is_host(span_of(name)) ? name : "");
}
