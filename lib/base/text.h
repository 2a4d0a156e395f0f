/* text - writing into a buffer of fixed size
 *
 * What does not fit is left out and remembered in `full`, so that a caller may
 * add piece after piece and look once, at the end.  No piece is ever added in
 * part, and nothing is NUL-terminated unless text_end() is asked. */
#ifndef TEXT_H
#define TEXT_H

#include "base/span.h"

struct text {
	char *s;    /* the caller's buffer */
	size_t max; /* its size in octets */
	size_t n;   /* octets written so far */
	bool full;  /* something was left out */
};

/* An empty text in a buffer of MAX octets. */
struct text text_in(char *buffer, size_t max);

/* Each adds something at the end. */
void text_span(struct text *t, struct span piece);
static inline void
text_add(struct text *t, const char *piece)
{
	text_span(t, span_of(piece));
}

void text_char(struct text *t, char c);

/* In decimal, with zeros in front up to WIDTH digits. */
void text_number(struct text *t, uint64_t number, unsigned width);

/* In 16 hexadecimal digits. */
void text_hex64(struct text *t, uint64_t number);

/* An octet as `\xNN`. */
void text_escaped(struct text *t, unsigned char c);

/* What was written; good as long as the buffer. */
struct span text_span_of(const struct text *t);

/* The same as a C string, or NULL if anything was left out.  The text ends
 * there: its NUL is one of its octets. */
const char *text_end(struct text *t);

#endif
