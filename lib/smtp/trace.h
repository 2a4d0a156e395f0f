/* trace - the lines in front of a message, and those it brings
 *
 * RFC 5321 4.4: Return-Path, Received.  Delivered-To and `for` name the
 * recipient only if there is one: nobody learns of the others. */
#ifndef TRACE_H
#define TRACE_H

#include "base/span.h"

enum {
	TRACE_MAX = 8192,     /* octets of the lines in front */
	TRACE_NAME_MAX = 255, /* of the client's name in Received */
	TRACE_HOPS_MAX = 100, /* RFC 5321 6.3 */
};

struct text;

struct trace {
	struct span sender;   /* the reverse-path, without brackets */
	struct span rcpt;     /* the only forward-path as sent, or NULL */
	struct span client;   /* its name in HELO, or empty */
	struct span peer;     /* its address */
	struct span tls;      /* version and cipher, or empty */
	struct span host;     /* our name */
	const char *protocol; /* RFC 3848 */
	const char *id;
	int64_t time; /* seconds since 1970 */
};

/* The protocol's name (RFC 3848, RFC 6531 4.3).  There is none for HELO with
 * TLS. */
const char *trace_protocol(bool lmtp, bool extended, bool utf8, bool tls);

/* Writes the lines, with LF at their ends. */
void trace_write(struct text *out, const struct trace *t);

/* Counts the Received lines of a message's header, block by block. */
struct trace_hops {
	unsigned count;
	size_t column; /* octets of this line that spell `Received:` */
	bool no_match; /* this line does not */
	bool empty;    /* nothing stands in this line yet */
	bool in_body;
};

void trace_hops_init(struct trace_hops *h);
void trace_hops_count(struct trace_hops *h, struct span octets);

#endif
