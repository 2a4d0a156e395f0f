/* Lines of any length from a descriptor.  See reader.h. */
#include "reader.h"

#include <string.h>

#include "os.h"

bool
reader_is_ready(const struct reader *r)
{
	return r->eof || r->end - r->start == READER_MAX ||
	    memchr(r->buffer + r->start, '\n', r->end - r->start);
}

void
reader_fill(struct reader *r)
{
	ssize_t got;

	memmove(r->buffer, r->buffer + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	got = os_read(r->fd, r->buffer + r->end, READER_MAX - r->end);
	r->eof = got <= 0;
	if (got > 0)
		r->end += (size_t)got;
}

bool
reader_next(struct reader *r, struct piece *ret)
{
	struct span rest;

	while (!reader_is_ready(r))
		reader_fill(r);
	rest = (struct span){ r->buffer + r->start, r->end - r->start };
	if (rest.n == 0)
		return false;
	ret->first = !r->mid_line;
	ret->octets = span_take_until(&rest, '\n');
	ret->last = r->eof || span_take(&rest, '\n');
	r->mid_line = !ret->last;
	r->start = r->end - rest.n;
	if (ret->octets.n == 0 || ret->octets.s[ret->octets.n - 1] != '\r')
		return true;
	ret->octets.n--;
	if (!ret->last)
		r->start--; /* it comes again, with what is behind it */
	return true;
}
