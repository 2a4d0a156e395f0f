/* wire - the connection: descriptors 0 and 1
 *
 * Lines and blocks come in through one buffer, replies gather in another and
 * go out in one write() just before input is awaited (RFC 2920 3.2): a client
 * that pipelines gets one packet, a client that waits never stalls.  Nothing
 * here looks at what is said. */
#ifndef WIRE_H
#define WIRE_H

#include "base/span.h"

enum {
	WIRE_LINE_MAX =
	    2048,           /* with its end; RFC 5321 4.5.3.1.4 asks for 512 */
	WIRE_HEAD_MAX = 64, /* octets kept of a line that is too long */
	WIRE_INPUT_MAX = 65536,
	WIRE_OUTPUT_MAX = 16384,
};

enum wire_result {
	WIRE_OK,
	WIRE_BARE_LF,    /* a line that ended in LF alone; it has been taken */
	WIRE_TOO_LONG,   /* a line over WIRE_LINE_MAX; it has been taken */
	WIRE_EOF,        /* no more input; part of a line is not a line */
	WIRE_TIMEOUT,    /* the idle limit or the deadline */
	WIRE_TERMINATED, /* SIGTERM */
	WIRE_BROKEN,     /* reading or writing failed, see `error` */
};

struct wire {
	int in, out;
	bool lf; /* LF alone ends a line, too */
	/* The caller sets these two: how many ms may pass without input, or
	 * without a reader, and the end, as of os_monotonic_ms(). */
	int64_t idle, deadline;
	int error;                      /* errno, once it is broken */
	size_t start, end;              /* the unread octets of input */
	size_t queued;                  /* the unsent octets of output */
	uint64_t got;                   /* octets read in all */
	uint64_t put, sent;             /* octets queued, and sent, in all */
	enum wire_result output_failed; /* WIRE_OK, or why writing ended */
	char head[WIRE_HEAD_MAX];
	char output[WIRE_OUTPUT_MAX];
	char input[WIRE_INPUT_MAX];
};

/* Makes a connection, all zero before, out of IN and OUT; LF as above, which is
 * given for a terminal.  -1: LF does not go with a socket, where it would let
 * others read other messages out of a stream than we do. */
int wire_open(struct wire *w, int in, int out, bool lf);

/* The next line without its end, LF or CRLF; of one that is too long, its head.
 * *RET_LINE is good until the next call that reads. */
enum wire_result wire_line(struct wire *w, struct span *ret_line);

/* What there is to read, at least one octet, as for wire_line().  It remains
 * there until wire_consume() says how much of it is done with. */
enum wire_result wire_peek(struct wire *w, struct span *ret_octets);
void wire_consume(struct wire *w, size_t n);

/* The same, and at least N octets of them, WIRE_INPUT_MAX at most; the same,
 * and N octets at most. */
enum wire_result wire_peek_at_least(struct wire *w, size_t n,
    struct span *ret_octets);
enum wire_result wire_peek_at_most(struct wire *w, uint64_t n,
    struct span *ret_octets);

/* Is there anything to read already, here or on the way?  It does not wait. */
bool wire_has_input(struct wire *w);

/* Queues octets to be sent.  It cannot fail: a connection that can't be written
 * is told by the next call that returns a wire_result. */
void wire_put(struct wire *w, struct span octets);

/* Sends what is queued. */
enum wire_result wire_flush(struct wire *w);

/* Sends what is queued and lets SECONDS pass.  WIRE_OK: they did. */
enum wire_result wire_pause(struct wire *w, unsigned seconds);

/* The last flush: sends what the connection takes now, and never waits. */
void wire_close(struct wire *w);

#endif
