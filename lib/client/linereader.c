/* Lines of any length from a descriptor.  See linereader.h. */
#include "client/linereader.h"

#include <string.h>

#include "base/os.h"

static size_t
max_octets(const struct linereader *r)
{
	return r->max > 0 ? r->max : LINEREADER_MAX;
}

bool
linereader_is_ready(const struct linereader *r)
{
	return r->eof || r->end - r->start >= max_octets(r) ||
	    memchr(r->buffer + r->start, '\n', r->end - r->start);
}

struct span
linereader_buffered(const struct linereader *r)
{
	return (struct span){ r->buffer + r->start, r->end - r->start };
}

bool
linereader_has_room(const struct linereader *r)
{
	return !r->eof && r->end - r->start < LINEREADER_MAX;
}

void
linereader_fill(struct linereader *r)
{
	ssize_t got;

	memmove(r->buffer, r->buffer + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	got = os_read(r->fd, r->buffer + r->end, LINEREADER_MAX - r->end);
	r->eof = got <= 0;
	if (got > 0)
		r->end += (size_t)got;
}

static void
take_bom(struct linereader *r)
{
	static const char bom[] = { '\xef', '\xbb', '\xbf' };

	r->skip_bom = false;
	if (r->end - r->start >= sizeof(bom) &&
	    memcmp(r->buffer + r->start, bom, sizeof(bom)) == 0)
		r->start += sizeof(bom);
}

bool
linereader_next(struct linereader *r, struct piece *ret)
{
	struct span all, rest;
	bool cr;

	while (!linereader_is_ready(r))
		linereader_fill(r);
	if (r->skip_bom)
		take_bom(r);
	all = linereader_buffered(r);
	if (all.n == 0 && !r->mid_line)
		return false;
	rest = span_take_n(&all, max_octets(r));
	ret->first = !r->mid_line;
	ret->octets = span_take_until(&rest, '\n');
	r->start += ret->octets.n;
	cr = ret->octets.n > 0 && ret->octets.s[ret->octets.n - 1] == '\r';
	ret->crlf = cr && rest.n > 0;
	ret->last = span_take(&rest, '\n');
	r->start += ret->last;
	ret->last = ret->last || (r->eof && r->start == r->end);
	r->mid_line = !ret->last;
	if (cr && !ret->last && ret->octets.n > 1)
		r->start--; /* LF may follow */
	if (cr && (ret->last || ret->octets.n > 1))
		ret->octets.n--;
	return true;
}
