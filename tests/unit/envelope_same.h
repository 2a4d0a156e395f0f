/* envelope_same - compares an envelope with an earlier copy of it
 *
 * For tests that a refused recipient leaves the envelope unchanged. */
#ifndef ENVELOPE_SAME_H
#define ENVELOPE_SAME_H

#include <string.h>

#include "store/envelope.h"
#include "unit.h"

/* Compares all but the numbers of the recipients, which only grow. */
static inline bool
envelope_same_boxes(const struct envelope *n, const struct envelope *b)
{
	size_t i;

	for (i = 0; i < b->boxes; i++)
		if (n->box[i].name != b->box[i].name ||
		    n->box[i].slot != b->box[i].slot ||
		    !file_is_same(&n->box[i].id, &b->box[i].id))
			return false;
	return true;
}

/* True if the parts in use are equal.  BEFORE is a plain copy of the structure,
 * so both point to the same texts. */
static inline bool
envelope_same(const struct envelope *now, const struct envelope *before)
{
	const struct envelope *n = now, *b = before;

	return n->refused == b->refused && n->rcpts == b->rcpts &&
	    n->uses == b->uses && n->boxes == b->boxes &&
	    n->commands == b->commands && n->used == b->used &&
	    !memcmp(n->rcpt, b->rcpt, b->rcpts * sizeof(*b->rcpt)) &&
	    !memcmp(n->use, b->use, b->uses * sizeof(*b->use)) &&
	    envelope_same_boxes(n, b) &&
	    !memcmp(n->slots, b->slots, sizeof(b->slots)) &&
	    !memcmp(n->command, b->command,
	        b->commands * sizeof(*b->command)) &&
	    !memcmp(n->texts, b->texts, b->used) &&
	    octets_same(n->sender, b->sender);
}

#endif
