/* Moves a message from the connection to the spool.  See message.h. */
#include "session/message.h"

#include "smtp/header.h"
#include "store/spool.h"

void
message_init(struct message *m, uint64_t max, bool lf, size_t head)
{
	m->head = head;
	m->head_is_done = false;
	m->max = max;
	dot_init(&m->dot, lf);
	m->chunk = (struct bdat){ 0 };
	trace_hops_init(&m->hops);
}

enum message_fault
message_fault(const struct message *m)
{
	if (m->dot.bare_lf)
		return MESSAGE_BARE_LF;
	if (m->dot.bare_cr)
		return MESSAGE_BARE_CR;
	if (m->max > 0 && m->dot.size + m->chunk.size > m->max)
		return MESSAGE_TOO_BIG;
	if (m->hops.count >= TRACE_HOPS_MAX)
		return MESSAGE_LOOPS;
	return MESSAGE_FINE;
}

/* Checks the first line; ENDED: the message is complete.  It is still in the
 * buffer of the spool, because a result takes no more than one line. */
static void
check_head(struct message *m, struct spool *s, bool ended)
{
	enum header_result r = header_check(spool_since(s, m->head), ended);

	m->head_is_done = r != HEADER_MORE;
	if (r == HEADER_MISSING)
		spool_insert_line(s, m->head);
}

/* Adds N octets at ROOM, from spool_room(), to the spool, unless the message
 * has a fault. */
static void
keep(struct message *m, struct spool *s, const char *room, size_t n)
{
	trace_hops_count(&m->hops, (struct span){ room, n });
	if (message_fault(m) == MESSAGE_FINE)
		spool_put(s, n);
	if (!m->head_is_done)
		check_head(m, s, false);
}

enum wire_result
message_receive(struct message *m, struct wire *w, struct spool *s)
{
	struct span block, rest;
	enum wire_result r;
	size_t max;
	char *room;

	while (!m->dot.ended) {
		r = wire_peek(w, &block);
		if (r != WIRE_OK)
			return r;
		rest = block;
		room = spool_room(s, &max);
		keep(m, s, room, dot_decode(&m->dot, &rest, room, max));
		wire_consume(w, block.n - rest.n);
	}
	if (!m->head_is_done)
		check_head(m, s, true);
	return WIRE_OK;
}

enum wire_result
message_receive_chunk(struct message *m, struct wire *w, struct spool *s,
    uint64_t n)
{
	struct span block, rest;
	enum wire_result r;
	size_t max;
	char *room;

	while (n > 0) {
		r = wire_peek_at_most(w, n, &block);
		if (r != WIRE_OK)
			return r;
		rest = block;
		room = spool_room(s, &max);
		keep(m, s, room, bdat_decode(&m->chunk, &rest, room, max));
		wire_consume(w, block.n - rest.n);
		n -= block.n - rest.n;
	}
	return WIRE_OK;
}

void
message_end(struct message *m, struct spool *s)
{
	size_t max;
	char *room = spool_room(s, &max);

	keep(m, s, room, bdat_end(&m->chunk, room));
	if (!m->head_is_done)
		check_head(m, s, true);
}

enum wire_result
message_drop(struct wire *w, uint64_t n)
{
	struct span block;
	enum wire_result r;

	while (n > 0) {
		r = wire_peek_at_most(w, n, &block);
		if (r != WIRE_OK)
			return r;
		wire_consume(w, block.n);
		n -= block.n;
	}
	return WIRE_OK;
}
