/* Tests the client's address from the environment or a PROXY header: it must be
 * in canonical form, or `unknown`.  A header must be read to its last octet and
 * no further, in pieces of any size.
 *
 * The first octet selects the first variable; the texts that follow, separated
 * by NUL, are the values.  All of them are also parsed as a header. */
#include "smtp/peer.h"
#include "smtp/proxy.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/os.h"
#include "fuzz.h"
#include "smtp/wire.h"

static const char *const names[] = { "TCPREMOTEIP", "TCPREMOTEPORT",
	"REMOTE_ADDR", "REMOTE_PORT", "SOCAT_PEERADDR", "SOCAT_PEERPORT",
	"NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT", "REMOTE_HOST" };

enum { NAMES = sizeof(names) / sizeof(*names) };

/* Checks that the address is in the form of inet_ntop(), and that setting it
 * again changes nothing. */
static void
judge(const struct peer *p)
{
	char again[PEER_ADDRESS_MAX];
	unsigned char octets[16];
	struct peer second;
	bool v6;

	MUST(memchr(p->address, '\0', sizeof(p->address)));
	MUST(p->port <= 65535);
	if (strcmp(p->address, "unknown") == 0)
		return;
	v6 = strchr(p->address, ':');
	MUST(inet_pton(v6 ? AF_INET6 : AF_INET, p->address, octets) == 1);
	MUST(inet_ntop(v6 ? AF_INET6 : AF_INET, octets, again, sizeof(again)));
	MUST(strcmp(p->address, again) == 0);
	MUST(strncasecmp(p->address, "::ffff:", 7) != 0 ||
	    !strchr(p->address, '.'));
	peer_set_address(&second, span_of(p->address));
	MUST(strcmp(p->address, second.address) == 0);
}

/* Checks that an address in brackets gives the same result. */
static void
judge_brackets(struct span address)
{
	char buffer[4200];
	struct peer bare, bracketed;
	int n = snprintf(buffer, sizeof(buffer), "[%.*s]", (int)address.n,
	    address.s);

	if (memchr(address.s, '\0', address.n) || address.s[0] == '[')
		return;
	peer_set_address(&bare, address);
	peer_set_address(&bracketed, (struct span){ buffer, (size_t)n });
	MUST(strcmp(bare.address, bracketed.address) == 0);
}

static void
set_environment(unsigned which, struct span in)
{
	struct span value;
	size_t i;

	for (i = 0; i < NAMES; i++)
		unsetenv(names[i]);
	for (i = which; in.n > 0; i++) {
		char text[5000];

		value = fuzz_part(&in, '\0');
		snprintf(text, sizeof(text), "%.*s", (int)value.n, value.s);
		setenv(names[i % NAMES], text, 1);
	}
}

int64_t __wrap_os_monotonic_ms(void);
enum os_wait __wrap_os_wait(int fd, short events, int64_t deadline);
ssize_t __wrap_os_read(int fd, char *buffer, size_t n);

static struct span header;
static bool octet_by_octet;

int64_t
__wrap_os_monotonic_ms(void)
{
	return 0;
}

enum os_wait
__wrap_os_wait(int fd, short events, int64_t deadline)
{
	(void)fd;
	(void)events;
	(void)deadline;
	return OS_READY;
}

ssize_t
__wrap_os_read(int fd, char *buffer, size_t n)
{
	struct span part = span_take_n(&header, octet_by_octet ? 1 : n);

	(void)fd;
	ASAN_UNPOISON_MEMORY_REGION(buffer, n);
	if (part.n > 0)
		memcpy(buffer, part.s, part.n);
	ASAN_POISON_MEMORY_REGION(buffer + part.n, n - part.n);
	return (ssize_t)part.n;
}

/* Returns the length of a valid header at the start of IN. */
static size_t
length_of(struct span in)
{
	const char *lf;

	if (in.s[0] == 'P') {
		lf = memchr(in.s, '\n', in.n);
		MUST(lf && lf < in.s + 107);
		return (size_t)(lf - in.s) + 1;
	}
	MUST(in.n >= 16);
	return 16 +
	    ((size_t)(unsigned char)in.s[14] << 8 | (unsigned char)in.s[15]);
}

static enum wire_result
receive(struct span in, struct peer *p, bool *ret_good, bool by_octets)
{
	static struct wire wire;
	enum wire_result r;

	ASAN_UNPOISON_MEMORY_REGION(&wire, sizeof(wire));
	wire.start = wire.end = 0;
	header = in;
	octet_by_octet = by_octets;
	*p = (struct peer){ .address = "192.0.2.99", .port = 99 };
	*ret_good = false;
	r = proxy_receive(&wire, p, ret_good);
	if (r == WIRE_OK && *ret_good)
		MUST(
		    in.n - header.n - (wire.end - wire.start) == length_of(in));
	if (*ret_good && by_octets)
		MUST(wire.start == wire.end);
	return r;
}

/* Checks the addresses of version 2, which are binary. */
static void
judge_octets(struct span in, const struct peer *p)
{
	struct peer want = { .address = "192.0.2.99", .port = 99 };
	unsigned family = (unsigned char)in.s[13];
	size_t size = family == 0x11 ? 4 : family == 0x21 ? 16 : 0;

	if (in.s[12] == 0x21 && family != 0) {
		peer_set_octets(&want, (struct span){ in.s + 16, size });
		want.port = 0;
		if (size > 0)
			want.port = (uint64_t)(unsigned char)in.s[16 + 2 * size]
			        << 8 |
			    (unsigned char)in.s[17 + 2 * size];
	}
	MUST(strcmp(p->address, want.address) == 0 && p->port == want.port);
}

static void
judge_header(struct span in)
{
	struct peer whole, octets;
	bool good, again;
	enum wire_result r = receive(in, &whole, &good, false);

	MUST(receive(in, &octets, &again, true) == r && again == good);
	if (!good || r != WIRE_OK)
		return;
	judge(&whole);
	MUST(strcmp(whole.address, octets.address) == 0);
	MUST(whole.port == octets.port && whole.secure == octets.secure);
	MUST(strcmp(whole.tls, octets.tls) == 0);
	MUST(span_all(span_of(whole.tls), is_printable));
	if (in.s[0] != 'P')
		judge_octets(in, &whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	unsigned which = fuzz_octet(&in);
	struct span all = fuzz_copy(in), first = fuzz_part(&in, '\0');
	struct span address = fuzz_copy(first);
	struct peer p = { .port = 0 };

	peer_set_address(&p, address);
	judge(&p);
	if (address.n > 0)
		judge_brackets(address);
	peer_set_address(&p, all);
	judge(&p);
	MUST(!memchr(all.s, '\0', all.n) || memchr(all.s, '%', all.n) ||
	    strcmp(p.address, "unknown") == 0);
	set_environment(which, all);
	peer_from_environment(&p);
	judge(&p);
	judge_header(all);
	fuzz_free(address);
	fuzz_free(all);
	return 0;
}
