/* message - a message on its way from the connection to the spool
 *
 * It is read to its end whatever is wrong with it, since what follows would be
 * taken for commands; once something is, nothing more of it is kept. */
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
	uint64_t most;     /* octets, CRLF at each line's end; 0: no limit */
	struct dot dot;    /* of DATA */
	struct bdat chunk; /* of BDAT */
	struct trace_hops hops;
};

/* A message of MOST octets at most; LF as in wire.h. */
void message_init(struct message *m, uint64_t most, bool lf);

/* Reads what follows DATA up to the last dot into the spool, which has begun.
 * Anything but WIRE_OK: the connection ended before that. */
enum wire_result message_receive(struct message *m, struct wire *w,
    struct spool *s);

/* The same for N octets behind BDAT; message_end() behind the last chunk. */
enum wire_result message_receive_chunk(struct message *m, struct wire *w,
    struct spool *s, uint64_t n);
void message_end(struct message *m, struct spool *s);

/* Reads N octets that nobody wants. */
enum wire_result message_drop(struct wire *w, uint64_t n);

enum message_fault message_fault(const struct message *m);

#endif
