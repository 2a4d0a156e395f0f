/* peer: addresses in the form of RFC 5952, `unknown` for anything else, and the
 * variables of each listener. */
#include "smtp/peer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { ROOM = 256 };

#define L(text) LITERAL(text)

static const struct {
	struct span address;
	const char *want;
} good[] = {
	{ L("127.0.0.1"), "127.0.0.1" },
	{ L("0.0.0.0"), "0.0.0.0" },
	{ L("255.255.255.255"), "255.255.255.255" },
	{ L("[192.0.2.1]"), "192.0.2.1" },
	{ L("::ffff:192.0.2.1"), "192.0.2.1" },
	{ L("[::FFFF:192.0.2.1]"), "192.0.2.1" },
	{ L("::ffff:c000:201"), "192.0.2.1" },
	{ L("[0000:0000:0000:0000:0000:ffff:c000:0201]"), "192.0.2.1" },
	{ L("0000:0000:0000:0000:0000:ffff:192.168.100.200"),
	    "192.168.100.200" },
	{ L("::"), "::" },
	{ L("::1"), "::1" },
	{ L("[::1]"), "::1" },
	{ L("[0000:0000:0000:0000:0000:0000:0000:0001]"), "::1" },
	{ L("2001:DB8::A"), "2001:db8::a" },
	{ L("2001:0db8:0000:0000:0000:0000:0000:0001"), "2001:db8::1" },
	{ L("fe80::1%eth0"), "fe80::1" },
	{ L("[fe80::1%eth0]"), "fe80::1" },
	{ L("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8" },
	{ L("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ L("1::"), "1::" },
	/* RFC 5952 4.2.2: `::` is not for a single field of zero. */
	{ L("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1" },
	{ L("0:1:2:3:4:5:6:7"), "0:1:2:3:4:5:6:7" },
	{ L("1:2:3:4:5:6:7:0"), "1:2:3:4:5:6:7:0" },
	/* RFC 5952 4.2.3: the longest run, the first of several. */
	{ L("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1" },
	{ L("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1" },
	{ L("1:2:0:0:3:4:0:0"), "1:2::3:4:0:0" },
	{ L("10:0:0:1:0:0:0:100"), "10:0:0:1::100" },
};

static const struct span bad[] = {
	L(""),
	L("\0"),
	L("unknown"),
	L("localhost"),
	L(" 127.0.0.1"),
	L("127.0.0.1 "),
	L("127.0.0.1\n"),
	L("127.0.0.1\0"),
	L("127.0.0.1\0]x"),
	L("::1\0junk"),
	L("127.1"),
	L("127.0.0"),
	L("127.0.0.0.1"),
	L("127.0.0.256"),
	L("127.0.0.-1"),
	L("127.0.0.01"),
	L("0x7f.0.0.1"),
	L("2130706433"),
	L("1.2.3.4:25"),
	L("1.2.3.4/8"),
	L("["),
	L("]"),
	L("[]"),
	L("%"),
	L("[%]"),
	L(":"),
	L(":::"),
	L("1"),
	L("1::2::3"),
	L("1:2:3:4:5:6:7"),
	L("1:2:3:4:5:6:7:8:9"),
	L("12345::"),
	L("g::"),
	L("::ffff:1.2.3.256"),
	L("[[::1]]"),
	L("::1\xff"),
	L("\xff"),
	L("1.2.3.4])\r\n\tby evil"),
	L("0000000000000000000000000000000000000000000000::1"),
	/* Half a bracket, and text after a whole one. */
	L("[::1"),
	L("::1]"),
	L("[::1]:25"),
	L("[1.2.3.4]x"),
};

static void
addresses(struct unit *u, const struct guard *g)
{
	struct span address;
	struct peer *p;
	size_t i;
	struct guard room = guard_open(sizeof(*p));

	p = (struct peer *)(void *)guarded_room(&room, sizeof(*p));
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		address = guarded(g, good[i].address);
		memset(p, 'x', sizeof(*p));
		peer_set_address(p, address);
		EXPECT_SPAN(u, address, span_of(p->address),
		    span_of(good[i].want));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		address = guarded(g, bad[i]);
		memset(p, 'x', sizeof(*p));
		peer_set_address(p, address);
		EXPECT_SPAN(u, address, span_of(p->address),
		    span_of("unknown"));
	}
}

/* A long address of any length is not truncated. */
static void
long_addresses(struct unit *u, const struct guard *g)
{
	char octets[ROOM];
	struct peer p;
	unsigned known = 0;
	size_t n;

	memset(octets, '0', sizeof(octets));
	memcpy(octets, "::", 2);
	for (n = 7; n < sizeof(octets); n++) {
		peer_set_address(&p, guarded(g, (struct span){ octets, n }));
		known += !span_is(span_of(p.address), "unknown");
	}
	EXPECT_NUMBER(u, span_of("zeros without end"), known, 0);
}

static const char *const variables[] = { "TCPREMOTEIP", "TCPREMOTEPORT",
	"REMOTE_ADDR", "REMOTE_PORT", "SOCAT_PEERADDR", "SOCAT_PEERPORT",
	"NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT", "REMOTE_HOST" };

/* ENVIRONMENT is pairs of a name and a value, up to NULL. */
static struct peer
from(const char *const environment[])
{
	struct peer p = { .port = 77 };
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	for (; *environment; environment += 2)
		if (setenv(environment[0], environment[1], 1) < 0)
			_exit(2);
	peer_from_environment(&p);
	return p;
}

static const struct {
	const char *set[7], *address;
	uint64_t port;
} environment[] = {
	{ { NULL }, "unknown", 0 },
	{ { "TCPREMOTEIP", "::ffff:192.0.2.1", "TCPREMOTEPORT", "25" },
	    "192.0.2.1", 25 },
	{ { "REMOTE_ADDR", "192.0.2.2", "REMOTE_PORT", "65535" }, "192.0.2.2",
	    65535 },
	{ { "SOCAT_PEERADDR",
	      "[0000:0000:0000:0000:0000:0000:0000:"
	      "0001]",
	      "SOCAT_PEERPORT", "1" },
	    "::1", 1 },
	{ { "NCAT_REMOTE_ADDR", "::1", "NCAT_REMOTE_PORT", "2" }, "::1", 2 },
	{ { "REMOTE_HOST", "192.0.2.3" }, "192.0.2.3", 0 },
	{ { "REMOTE_HOST", "host.example" }, "unknown", 0 },
	{ { "REMOTE_PORT", "25" }, "unknown", 0 },
	{ { "REMOTE_ADDR", "192.0.2.1" }, "192.0.2.1", 0 },
	{ { "REMOTE_ADDR", "", "REMOTE_PORT", "" }, "unknown", 0 },
	{ { "REMOTE_ADDR", "a\nb", "REMOTE_PORT", "-1" }, "unknown", 0 },
	{ { "REMOTE_ADDR", "::1", "REMOTE_PORT", "+25" }, "::1", 0 },
	{ { "REMOTE_ADDR", "::1", "REMOTE_PORT", "2 5" }, "::1", 0 },
	{ { "REMOTE_ADDR", "::1", "REMOTE_PORT", "65536" }, "::1", 0 },
	{ { "REMOTE_ADDR", "::1", "REMOTE_PORT", "18446744073709551616" },
	    "::1", 0 },
	{ { "REMOTE_ADDR", "::2", "TCPREMOTEIP", "::3" }, "::3", 0 },
};

static const struct {
	const char *host, *name;
} names[] = {
	{ "client.example.net", "client.example.net" },
	{ "EXAMPLE", "EXAMPLE" },
	{ "1.2.0.192.in-addr.arpa", "1.2.0.192.in-addr.arpa" },
	{ "", "" },
	{ "a b", "" },
	{ "a\n\tby evil", "" },
	{ "a) by b (c", "" },
	{ "a\\133b", "" },
	{ "a..b", "" },
	{ ".a", "" },
	{ "a.", "" },
	{ "-a.example", "" },
	{ "\xc3\xa9.example", "" },
	/* It would be read as the address of the client. */
	{ "[192.0.2.9]", "" },
	{ "[IPv6:::1]", "" },
};

static void
host_names(struct unit *u)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (setenv("TCPREMOTEHOST", names[i].host, 1) < 0)
			_exit(2);
		EXPECT_SPAN(u, span_of(names[i].host), peer_name(false),
		    span_of(names[i].name));
		EXPECT_SPAN(u, span_of(names[i].host), peer_name(true),
		    span_of(""));
	}
	unsetenv("TCPREMOTEHOST");
	EXPECT_SPAN(u, span_of("no name"), peer_name(false), span_of(""));
}

static void
environments(struct unit *u)
{
	struct peer p;
	size_t i;

	for (i = 0; i < sizeof(environment) / sizeof(*environment); i++) {
		p = from(environment[i].set);
		EXPECT_SPAN(u, span_of("the address in the environment"),
		    span_of(p.address), span_of(environment[i].address));
		EXPECT_NUMBER(u, span_of("the port in the environment"), p.port,
		    environment[i].port);
	}
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	addresses(&u, &g);
	long_addresses(&u, &g);
	environments(&u);
	host_names(&u);
	return unit_end(&u);
}
