/* message - moves a message from the connection to the spool
 *
 * A faulty message is read to its end, because the rest would be parsed as
 * commands, but nothing after the fault is kept.  If the first line is no
 * header field, an empty line is added before it, so that it does not become
 * part of our trace lines. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "smtp/bdat.h"
#include "smtp/dot.h"
#include "smtp/trace.h"
#include "smtp/wire.h"

struct spool;

enum message_fault {
	MESSAGE_FINE,
	MESSAGE_BARE_CR, /* RFC 5321 2.3.8 */
	MESSAGE_BARE_LF,
	MESSAGE_TOO_BIG, /* RFC 1870 6.1 */
	MESSAGE_LOOPS,   /* RFC 5321 6.3 */
};

struct message {
	uint64_t max;      /* octets, counted with CRLF; 0: no limit */
	struct dot dot;    /* decoder for DATA */
	struct bdat chunk; /* decoder for BDAT */
	struct trace_hops hops;
	size_t head;       /* octets of the trace lines before the message */
	bool head_is_done; /* the first line was checked */
};

/* Initializes M for a message of at most MAX octets, 0: no limit, after HEAD
 * octets in the spool.  LF: a lone LF ends a line, too, as in wire.h. */
void message_init(struct message *m, uint64_t max, bool lf, size_t head);

/* Reads the message after DATA, up to the final dot, into the spool, after
 * spool_begin() (RFC 5321 4.1.1.4).  Any result but WIRE_OK: the connection
 * ended before the dot. */
enum wire_result message_receive(struct message *m, struct wire *w,
    struct spool *s);

/* The same for the N octets after BDAT (RFC 3030 2).  Call message_end() after
 * the last chunk. */
enum wire_result message_receive_chunk(struct message *m, struct wire *w,
    struct spool *s, uint64_t n);
void message_end(struct message *m, struct spool *s);

/* Reads and discards N octets. */
enum wire_result message_drop(struct wire *w, uint64_t n);

enum message_fault message_fault(const struct message *m);

#endif
