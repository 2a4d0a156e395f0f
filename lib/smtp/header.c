/* Recognises the first header field of a message.  See header.h. */
#include "smtp/header.h"

static bool
is_name(unsigned char c)
{
	return c >= 33 && c <= 126 && c != ':';
}

enum header_result
header_check(struct span message, bool ended)
{
	static const char mbox[] = "From ";
	struct span rest = message, line = span_take_until(&rest, '\n'), name;
	size_t n = line.n < sizeof(mbox) - 1 ? line.n : sizeof(mbox) - 1;

	ended = ended || rest.n > 0 || line.n >= HEADER_LINE_MAX;
	line = span_take_n(&line, HEADER_LINE_MAX);
	if (line.n == 0)
		return ended ? HEADER_OK : HEADER_MORE;
	if (memcmp(line.s, mbox, n) == 0 && (n == sizeof(mbox) - 1 || !ended))
		return n == sizeof(mbox) - 1 ? HEADER_OK : HEADER_MORE;
	name = span_take_while(&line, is_name);
	span_take_while(&line, is_blank);
	if (name.n == 0)
		return HEADER_MISSING;
	if (line.n == 0)
		return ended ? HEADER_MISSING : HEADER_MORE;
	return line.s[0] == ':' ? HEADER_OK : HEADER_MISSING;
}
