/* trace - writes the trace header fields and counts the Received lines
 *
 * RFC 5321 4.4: Return-Path, Received.  `for` names the recipient only if the
 * message has a single one, and Delivered-To names recipients only if all have
 * the same Maildir, so that no recipient sees the addresses of others. */
#ifndef TRACE_H
#define TRACE_H

#include "base/span.h"

enum {
	TRACE_MAX = 8192,     /* octets of the added lines, without `same` */
	TRACE_SAME_MAX = 100, /* addresses in `same` */
	TRACE_NAME_MAX = 255, /* of the client's name in Received */
	TRACE_HOPS_MAX = 100, /* RFC 5321 6.3 */
};

struct text;

struct trace {
	struct span sender;      /* the reverse-path, without brackets */
	struct span rcpt;        /* the only forward-path as sent, or NULL */
	const struct span *same; /* these have one Maildir in common ... */
	size_t same_n;           /* ... or there are none */
	struct span client;      /* its name in HELO, or empty */
	struct span name;        /* that of its address, or empty */
	struct span peer;        /* its address */
	struct span tls;         /* version and cipher, or empty */
	struct span host;        /* the name of this host */
	const char *protocol;    /* RFC 3848 */
	const char *id;
	int64_t time; /* seconds since 1970 */
};

/* What the name of the protocol depends on, one bit each. */
enum trace_protocol_bit {
	TRACE_AUTH = 1 << 0, /* the client has authenticated */
	TRACE_TLS = 1 << 1,
	TRACE_UTF8 = 1 << 2, /* SMTPUTF8 in this transaction */
	TRACE_LMTP = 1 << 3,
};

/* Returns the name of the protocol after EHLO or LHLO (RFC 3848, RFC 6531 4.3)
 * for BITS, a static string.  After HELO it is "SMTP" in any case. */
const char *trace_protocol(unsigned bits);

/* Appends the lines to OUT, with LF line ends. */
void trace_write(struct text *out, const struct trace *t);

/* Counts the Received lines in the header of a message, block by block. */
struct trace_hops {
	unsigned count;
	size_t column; /* octets of this line that match `Received:` */
	bool no_match; /* the result for this line is known */
	bool empty;    /* this line has no octet yet */
	bool in_body;
};

void trace_hops_init(struct trace_hops *h);
void trace_hops_count(struct trace_hops *h, struct span octets);

#endif
