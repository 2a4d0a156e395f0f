/* Decoder for base64.  See base64.h. */
#include "smtp/base64.h"

#include <string.h>

#include "base/text.h"

/* Returns the six bits for the digit C, or 64. */
static unsigned
value_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (unsigned)(at - digits) : 64;
}

bool
base64_decode(struct span code, struct text *out)
{
	unsigned bits = 0, held = 0, digit;
	size_t padding = 0;

	if (code.n % 4 != 0)
		return false;
	while (padding < 2 && code.n > 0 && code.s[code.n - 1] == '=') {
		padding++;
		code.n--;
	}
	for (; code.n > 0; span_take_n(&code, 1)) {
		digit = value_of(*code.s);
		if (digit > 63)
			return false;
		bits = (bits << 6 | digit) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			text_char(out, (char)(bits >> held));
		}
	}
	return !out->full && (bits & ((1U << held) - 1)) == 0;
}
