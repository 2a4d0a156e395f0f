/* Where a message ends, and what it is.  See dot.h. */
#include "dot.h"

#include <string.h>

void
dot_init(struct dot *d, bool lf)
{
	*d = (struct dot){ .lf = lf };
}

static int
end_message(struct dot *d)
{
	d->ended = true;
	return DOT_NOTHING;
}

static int
end_line(struct dot *d)
{
	d->state = DOT_LINE_START;
	d->size += 2;
	return '\n';
}

static int
mid_line(struct dot *d, unsigned char c)
{
	d->state = c == '\r' ? DOT_CR : DOT_MID_LINE;
	if (c == '\r')
		return DOT_NOTHING;
	if (c == '\n' && d->lf)
		return end_line(d);
	if (c == '\n') {
		d->bare_lf = true;
		return DOT_NOTHING;
	}
	d->size++;
	return c;
}

static int
enter(struct dot *d, enum dot_state state)
{
	d->state = state;
	return DOT_NOTHING;
}

int
dot_step(struct dot *d, unsigned char c)
{
	switch (d->state) {
	case DOT_LINE_START:
		return c == '.' ? enter(d, DOT_DOT) : mid_line(d, c);
	case DOT_MID_LINE:
		break;
	case DOT_CR:
		if (c == '\n')
			return end_line(d);
		d->bare_cr = true;
		break;
	case DOT_DOT:
		if (c == '\r')
			return enter(d, DOT_DOT_CR);
		if (c == '\n' && d->lf)
			return end_message(d);
		break;
	case DOT_DOT_CR:
		if (c == '\n')
			return end_message(d);
		d->bare_cr = true;
		break;
	}
	return mid_line(d, c);
}

/* Has one of the eight octets the value of those in PATTERN?  The trick is that
 * only an octet of zero borrows into its own top bit. */
static bool
has_octet(uint64_t eight, uint64_t pattern)
{
	uint64_t zero = eight ^ pattern;

	return ((zero - 0x0101010101010101) & ~zero & 0x8080808080808080) != 0;
}

/* Octets before the first CR or LF.  One pass for both: with a search for each,
 * a message of nothing but CR would be searched to its end at every octet. */
static size_t
run_length(struct span in)
{
	uint64_t eight;
	size_t n = 0;

	for (; in.n - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, in.s + n, sizeof(eight));
		if (has_octet(eight, 0x0d0d0d0d0d0d0d0d) ||
		    has_octet(eight, 0x0a0a0a0a0a0a0a0a))
			break;
	}
	while (n < in.n && in.s[n] != '\r' && in.s[n] != '\n')
		n++;
	return n;
}

/* Most octets are none of the machine's business: it would hand them on. */
static size_t
copy_run(struct dot *d, struct span *in, char *out, size_t max)
{
	struct span run = { in->s, in->n < max ? in->n : max };

	run.n = run_length(run);
	memcpy(out, run.s, run.n);
	d->size += run.n;
	return span_take_some(in, run.n).n;
}

size_t
dot_decode(struct dot *d, struct span *in, char *out, size_t max)
{
	size_t n = 0;
	int c;

	while (in->n > 0 && n < max && !d->ended) {
		c = dot_step(d, (unsigned char)*span_take_some(in, 1).s);
		if (c != DOT_NOTHING)
			out[n++] = (char)c;
		if (d->state == DOT_MID_LINE)
			n += copy_run(d, in, out + n, max - n);
	}
	return n;
}
