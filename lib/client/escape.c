/* Octets as escapes.  See escape.h. */
#include "client/escape.h"

#include <string.h>

/* Takes two hexadecimal digits off the front of *REST. */
static bool
take_hex(struct span *rest, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned value = 0;
	const char *at;
	size_t i;

	if (rest->n < 2)
		return false;
	for (i = 0; i < 2; i++) {
		at = memchr(digits, to_lower((unsigned char)rest->s[i]), 16);
		if (!at)
			return false;
		value = value << 4 | (unsigned)(at - digits);
	}
	span_take_n(rest, 2);
	*ret = (char)value;
	return true;
}

bool
escape_take(struct span *rest, char *ret)
{
	struct span digits = *rest;

	if (span_take(&digits, 'x') && take_hex(&digits, ret)) {
		*rest = digits;
		return true;
	}
	if (span_take(rest, 'r'))
		*ret = '\r';
	else if (span_take(rest, 'n'))
		*ret = '\n';
	else if (span_take(rest, '\\'))
		*ret = '\\';
	else
		return false;
	return true;
}
