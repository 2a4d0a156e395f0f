/* Decoder for BDAT chunks.  See bdat.h. */
#include "smtp/bdat.h"

#include <string.h>

bool
bdat_parse(struct span arg, uint64_t *ret_size, bool *ret_last)
{
	struct span size = span_take_while(&arg, is_not_blank);
	uint64_t n;

	arg = span_trim(arg);
	if (!span_number(size, &n) || (arg.n > 0 && !span_is(arg, "LAST")))
		return false;
	*ret_size = n;
	*ret_last = arg.n > 0;
	return true;
}

/* Returns LF for a CR before LF, and takes that LF; else returns the CR. */
static char
resolve_cr(struct bdat *c, struct span *in)
{
	c->after_cr = false;
	if (!span_take(in, '\n'))
		return '\r';
	c->size++;
	return '\n';
}

size_t
bdat_decode(struct bdat *c, struct span *in, char *out, size_t max)
{
	struct span room, run;
	size_t n = 0;

	while (in->n > 0 && n < max) {
		if (c->after_cr) {
			out[n++] = resolve_cr(c, in);
			continue;
		}
		room =
		    (struct span){ in->s, in->n < max - n ? in->n : max - n };
		run = span_take_until(&room, '\r');
		memcpy(out + n, run.s, run.n);
		n += run.n;
		span_take_n(in, run.n);
		c->after_cr = span_take(in, '\r');
		c->size += run.n + c->after_cr;
	}
	return n;
}

size_t
bdat_end(struct bdat *c, char *out)
{
	if (!c->after_cr)
		return 0;
	c->after_cr = false;
	out[0] = '\r';
	return 1;
}
