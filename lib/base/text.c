/* Writing into a buffer of fixed size.  See text.h. */
#include "base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

struct text
text_in(char *buffer, size_t max)
{
	return (struct text){ buffer, max, 0, false };
}

void
text_span(struct text *t, struct span piece)
{
	if (piece.n > t->max - t->n) {
		t->full = true;
		return;
	}
	if (piece.n > 0)
		memcpy(t->s + t->n, piece.s, piece.n);
	t->n += piece.n;
}

void
text_char(struct text *t, char c)
{
	text_span(t, (struct span){ &c, 1 });
}

void
text_folded(struct text *t, struct span piece)
{
	size_t i;

	if (piece.n > t->max - t->n) {
		t->full = true;
		return;
	}
	for (i = 0; i < piece.n; i++)
		t->s[t->n++] = (char)to_lower((unsigned char)piece.s[i]);
}

void
text_number(struct text *t, uint64_t number, unsigned width)
{
	char digits[TEXT_NUMBER_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (at > 0 && (number > 0 || sizeof(digits) - at < width));
	text_span(t, (struct span){ digits + at, sizeof(digits) - at });
}

struct span
text_of_number(char buffer[static TEXT_NUMBER_MAX], uint64_t number)
{
	struct text t = text_in(buffer, TEXT_NUMBER_MAX);

	text_number(&t, number, 0);
	return text_span_of(&t);
}

void
text_hex64(struct text *t, uint64_t number)
{
	int shift;

	for (shift = 60; shift >= 0; shift -= 4)
		text_char(t, hex_digits[number >> shift & 15]);
}

void
text_escaped(struct text *t, unsigned char c)
{
	char escaped[] = { '\\', 'x', hex_digits[c >> 4], hex_digits[c & 15] };

	text_span(t, (struct span){ escaped, sizeof(escaped) });
}

struct span
text_span_of(const struct text *t)
{
	return (struct span){ t->s, t->n };
}

const char *
text_end(struct text *t)
{
	text_char(t, '\0');
	return t->full ? NULL : t->s;
}
