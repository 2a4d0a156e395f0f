/* Parser for a PROXY header of version 1.  See proxy_v1.h. */
#include "smtp/proxy_v1.h"

#include <arpa/inet.h>
#include <string.h>

#include "smtp/peer.h"

/* With CRLF; section 2.1 of the PROXY protocol specification. */
enum { LINE_OCTETS_MAX = 107 };

static bool
is_word(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.s, word, s.n) == 0;
}

static bool
is_address(struct span text, int family)
{
	char bare[PEER_ADDRESS_MAX];
	unsigned char octets[16];

	if (text.n >= sizeof(bare) || memchr(text.s, '\0', text.n))
		return false;
	memcpy(bare, text.s, text.n);
	bare[text.n] = '\0';
	return inet_pton(family, bare, octets) == 1;
}

static bool
is_port(struct span digits)
{
	uint64_t port;

	return span_number(digits, &port) && port <= UINT16_MAX &&
	    (digits.n == 1 || digits.s[0] != '0');
}

/* PROXY TCP4 client server port port, separated by single spaces; 2.1.  The
 * address of the server may be of the other family: some proxies send that. */
static bool
parse_line(struct span rest, struct peer *p)
{
	enum { FAMILY, CLIENT, SERVER, CLIENT_PORT, SERVER_PORT, WORDS };
	struct span word[WORDS];
	int family, i;

	if (!is_word(span_take_n(&rest, 6), "PROXY "))
		return false;
	for (i = 0; i < WORDS; i++) {
		if (i > 0 && !span_take(&rest, ' '))
			return false;
		word[i] = span_take_until(&rest, ' ');
		if (is_word(word[FAMILY], "UNKNOWN"))
			return true; /* ignore the rest */
	}
	family = is_word(word[FAMILY], "TCP4") ? AF_INET : AF_INET6;
	if (rest.n > 0 || (family == AF_INET6 && !is_word(word[0], "TCP6")))
		return false;
	if (!is_address(word[CLIENT], family) ||
	    !(is_address(word[SERVER], AF_INET) ||
	        is_address(word[SERVER], AF_INET6)) ||
	    !is_port(word[CLIENT_PORT]) || !is_port(word[SERVER_PORT]))
		return false;
	peer_set_address(p, word[CLIENT]);
	peer_set_port(p, word[CLIENT_PORT]);
	return true;
}

enum wire_result
proxy_v1_receive(struct wire *w, struct peer *p, bool *ret_good)
{
	enum wire_result r;
	const char *lf = NULL;
	struct span block;
	size_t n = 1;

	*ret_good = false;
	for (; !lf && n <= LINE_OCTETS_MAX; n = block.n + 1) {
		r = wire_peek_at_least(w, n, &block);
		if (r != WIRE_OK)
			return r;
		if (block.n > LINE_OCTETS_MAX)
			block.n = LINE_OCTETS_MAX;
		lf = memchr(block.s, '\n', block.n);
	}
	if (!lf || lf[-1] != '\r')
		return WIRE_OK;
	n = (size_t)(lf - block.s);
	*ret_good = parse_line((struct span){ block.s, n - 1 }, p);
	wire_consume(w, n + 1);
	return WIRE_OK;
}
