/* A message on its way from the connection to the spool.  See message.h. */
#include "message.h"

#include "spool.h"

void
message_init(struct message *m, uint64_t most, bool lf)
{
	m->most = most;
	dot_init(&m->dot, lf);
	trace_hops_init(&m->hops);
}

enum message_fault
message_fault(const struct message *m)
{
	if (m->dot.bare_lf)
		return MESSAGE_BARE_LF;
	if (m->dot.bare_cr)
		return MESSAGE_BARE_CR;
	if (m->most > 0 && m->dot.size > m->most)
		return MESSAGE_TOO_BIG;
	if (m->hops.count >= TRACE_HOPS_MAX)
		return MESSAGE_LOOPS;
	return MESSAGE_FINE;
}

/* Takes octets off the front of *BLOCK and stores what they mean. */
static void
take(struct message *m, struct span *block, struct spool *s)
{
	size_t max, n;
	char *room = spool_room(s, &max);

	n = dot_decode(&m->dot, block, room, max);
	trace_hops_count(&m->hops, (struct span){ room, n });
	if (message_fault(m) == MESSAGE_FINE)
		spool_put(s, n);
}

enum wire_result
message_receive(struct message *m, struct wire *w, struct spool *s)
{
	struct span block, rest;
	enum wire_result r;

	while (!m->dot.ended) {
		r = wire_block(w, &block);
		if (r != WIRE_OK)
			return r;
		rest = block;
		take(m, &rest, s);
		wire_take(w, block.n - rest.n);
	}
	return WIRE_OK;
}
