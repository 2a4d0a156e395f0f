/* text - writing into a buffer of fixed size
 *
 * A piece that does not fit is omitted and `full` is set, so a caller may add
 * many pieces and check once at the end.  A piece is added whole or not at all.
 * The text has no NUL until text_end() adds one. */
#ifndef TEXT_H
#define TEXT_H

#include "base/span.h"

struct text {
	char *s;    /* the caller's buffer */
	size_t max; /* its size in octets */
	size_t n;   /* octets written so far */
	bool full;  /* a piece was omitted */
};

/* Returns an empty text in BUFFER of MAX octets, which must outlive it. */
struct text text_in(char *buffer, size_t max);

/* Each of these appends to the text. */
void text_span(struct text *t, struct span piece);
static inline void
text_add(struct text *t, const char *piece)
{
	text_span(t, span_of(piece));
}

void text_char(struct text *t, char c);

/* Appends PIECE with A-Z folded to a-z. */
void text_folded(struct text *t, struct span piece);

/* Appends NUMBER in decimal, padded with leading zeros to WIDTH digits. */
void text_number(struct text *t, uint64_t number, unsigned width);

enum { TEXT_NUMBER_MAX = 20 }; /* octets of a number in decimal */

/* Writes NUMBER in decimal to BUFFER.  Returns it, valid as long as BUFFER. */
struct span text_of_number(char buffer[static TEXT_NUMBER_MAX],
    uint64_t number);

/* Appends NUMBER as 16 hexadecimal digits. */
void text_hex64(struct text *t, uint64_t number);

/* Appends an octet as `\xNN`. */
void text_escaped(struct text *t, unsigned char c);

/* Returns the text so far; valid as long as the buffer. */
struct span text_span_of(const struct text *t);

/* Returns the text as a C string, or NULL if a piece was omitted.  The NUL
 * counts as an octet of the text, so nothing may be added after it. */
const char *text_end(struct text *t);

#endif
