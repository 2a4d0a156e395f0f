/* Decoder for DATA.  See dot.h. */
#include "smtp/dot.h"

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

/* A vector type of the compiler: loads, stores and compares sixteen octets at
 * once, or as many as the processor can. */
typedef unsigned char sixteen __attribute__((vector_size(16)));

/* Copies octets up to the first CR or LF; returns how many.  One pass looks for
 * both: with separate searches, a message of CRs alone would be searched to its
 * end at every octet. */
static size_t
copy_plain(const char *in, char *out, size_t max)
{
	sixteen octets, ends;
	uint64_t half[2];
	size_t n = 0;

	for (; max - n >= sizeof(octets); n += sizeof(octets)) {
		memcpy(&octets, in + n, sizeof(octets));
		ends = (sixteen)((octets == '\r') | (octets == '\n'));
		memcpy(half, &ends, sizeof(ends));
		if (half[0] | half[1])
			break;
		memcpy(out + n, &octets, sizeof(octets));
	}
	for (; n < max && in[n] != '\r' && in[n] != '\n'; n++)
		out[n] = in[n];
	return n;
}

/* Fast path: most octets, and most line ends, are copied unchanged and bypass
 * the state machine. */
static size_t
copy_line(struct dot *d, struct span *in, char *out, size_t max)
{
	size_t n = copy_plain(in->s, out, in->n < max ? in->n : max);

	d->size += n;
	if (n < max && in->n - n >= 2 && in->s[n] == '\r' &&
	    in->s[n + 1] == '\n') {
		out[n] = (char)end_line(d);
		span_take_n(in, n + 2);
		return n + 1;
	}
	span_take_n(in, n);
	return n;
}

size_t
dot_decode(struct dot *d, struct span *in, char *out, size_t max)
{
	size_t n = 0;
	int c;

	while (in->n > 0 && n < max && !d->ended) {
		c = dot_step(d, (unsigned char)*span_take_n(in, 1).s);
		if (c != DOT_NOTHING)
			out[n++] = (char)c;
		if (d->state == DOT_MID_LINE)
			n += copy_line(d, in, out + n, max - n);
	}
	return n;
}
