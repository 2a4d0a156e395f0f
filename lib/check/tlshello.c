/* Enough of TLS to read a certificate.  See tlshello.h. */
#include "check/tlshello.h"

#include <string.h>

enum {
	SESSIONLOG_HEAD = 5, /* type, version, length; RFC 5246 6.2.1 */
	MESSAGE_HEAD = 4,    /* type, length; 7.4 */
	LENGTH = 3,          /* octets of a length in Certificate; 7.4.2 */
	MAJOR = 3,           /* major number of all versions so far */

	/* Types of records and of messages. */
	ALERT = 21,
	HANDSHAKE = 22,
	SERVER_HELLO = 2,
	CERTIFICATE = 11,

	WARNING = 1,
	PROTOCOL_VERSION = 70,
};

/* clang-format off */
static const unsigned char hello[] = {
	HANDSHAKE, 3, 1, 0, 105, /* a record, */
	1, 0, 0, 101,            /* ClientHello */
	3, 3,                    /* TLS 1.2 */
	/* Random field; a constant is enough, as nothing is encrypted. */
	's', 'm', 't', 'p', '-', 's', 't', 'd', 'i', 'o', ' ', '-', '-', 'c',
	'h', 'e', 'c', 'k', ' ', 'l', 'o', 'o', 'k', 's', ' ', 'a', 't', ' ',
	't', 'h', 'i', 's',
	0,                       /* no session ID */
	0, 14,                   /* suites: ECDHE with ECDSA or RSA and */
	0xc0, 0x2b, 0xc0, 0x2f,  /* AES-128-GCM, */
	0xc0, 0x2c, 0xc0, 0x30,  /* AES-256-GCM, */
	0xcc, 0xa9, 0xcc, 0xa8,  /* CHACHA20-POLY1305; */
	0x00, 0xff,              /* and no renegotiation (RFC 5746) */
	1, 0,                    /* no compression */
	0, 46,                   /* extensions: */
	0, 10, 0, 8, 0, 6,       /* groups (RFC 8422 5.1.1) */
	0, 29, 0, 23, 0, 24,     /* x25519, P-256, P-384 */
	0, 11, 0, 2, 1, 0,       /* points, uncompressed (5.1.2) */
	0, 23, 0, 0,             /* extended master secret (RFC 7627) */
	0, 13, 0, 20, 0, 18,     /* signatures (RFC 8446 4.2.3) */
	4, 3, 5, 3, 6, 3,        /* ECDSA with SHA-256, -384, -512 */
	8, 4, 8, 5, 8, 6,        /* RSA-PSS with these */
	4, 1, 5, 1, 6, 1,        /* RSA with these */
};
/* clang-format on */

struct span
tlshello_hello(void)
{
	return (struct span){ (const char *)hello, sizeof(hello) };
}

/* Takes the first certificate from the body of a Certificate message. */
static enum tlshello_result
take_certificate(struct tlshello *h, struct span body)
{
	size_t n;

	span_take_n(&body, LENGTH); /* length of the list: the rest of BODY */
	if (body.n < LENGTH)
		return TLSHELLO_NONSENSE;
	n = span_big_endian(span_take_n(&body, LENGTH), 0, LENGTH);
	if (n == 0 || n > body.n)
		return TLSHELLO_NONSENSE;
	h->certificate = span_take_n(&body, n);
	return TLSHELLO_CERTIFICATE;
}

/* ServerHello comes first, then Certificate (RFC 5246 7.3). */
static enum tlshello_result
parse_messages(struct tlshello *h)
{
	struct span rest = { h->messages, h->messages_n }, body;
	bool greeted = false;
	size_t n;

	while (rest.n >= MESSAGE_HEAD) {
		if (!greeted && rest.s[0] != SERVER_HELLO)
			return TLSHELLO_NONSENSE;
		n = span_big_endian(rest, 1, LENGTH);
		if (n > rest.n - MESSAGE_HEAD)
			break;
		body = (struct span){ rest.s + MESSAGE_HEAD, n };
		if (rest.s[0] == CERTIFICATE)
			return take_certificate(h, body);
		greeted = true;
		span_take_n(&rest, MESSAGE_HEAD + n);
	}
	return TLSHELLO_MORE;
}

static enum tlshello_result
take_alert(struct tlshello *h, struct span body)
{
	if (body.n != 2)
		return TLSHELLO_NONSENSE;
	if (body.s[0] == WARNING)
		return TLSHELLO_MORE;
	h->alert = (unsigned char)body.s[1];
	return h->alert == PROTOCOL_VERSION ? TLSHELLO_NEWER : TLSHELLO_ALERT;
}

static enum tlshello_result
take_record(struct tlshello *h, char type, struct span body)
{
	if (type == ALERT)
		return take_alert(h, body);
	memcpy(h->messages + h->messages_n, body.s, body.n);
	h->messages_n += body.n; /* fits: never more than h->n */
	return parse_messages(h);
}

enum tlshello_result
tlshello_parse(struct tlshello *h)
{
	struct span rest = { h->octets, h->n }, body;
	enum tlshello_result r = TLSHELLO_MORE;
	char type;
	size_t n;

	h->messages_n = 0;
	while (r == TLSHELLO_MORE && rest.n > 0) {
		type = rest.s[0];
		if ((type != ALERT && type != HANDSHAKE) ||
		    (rest.n > 1 && rest.s[1] != MAJOR))
			return TLSHELLO_NONSENSE;
		if (rest.n < SESSIONLOG_HEAD)
			break;
		n = span_big_endian(rest, 3, 2);
		if (n > rest.n - SESSIONLOG_HEAD)
			break;
		body = (struct span){ rest.s + SESSIONLOG_HEAD, n };
		r = take_record(h, type, body);
		span_take_n(&rest, SESSIONLOG_HEAD + n);
	}
	if (r == TLSHELLO_MORE && h->n == TLSHELLO_MAX)
		return TLSHELLO_NONSENSE;
	return r;
}
