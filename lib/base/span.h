/* span - text as a pointer and a length into a buffer owned by others
 *
 * A span owns nothing and has no end mark: NUL is an ordinary octet.  It is
 * valid as long as the buffer that it points into; the function that returns a
 * span says how long that is.  Letters are ASCII letters in any locale. */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *s;
	size_t n;
};

/* Functions that are called for every octet or every word stand here, where the
 * compiler can see them. */

/* What an octet is.  A blank is a space or a tab (WSP in RFC 5234); printable
 * is 32 to 126. */
static inline bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

bool is_not_blank(unsigned char c);
bool is_not_control(unsigned char c);
bool is_alpha(unsigned char c);
bool is_digit(unsigned char c);
bool is_printable(unsigned char c);
unsigned char to_upper(unsigned char c);

static inline unsigned char
to_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

/* The span of a C string, without its NUL. */
static inline struct span
span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* Are they the same, A-Z and a-z counted as equal? */
bool span_same(struct span a, struct span b);
bool span_is(struct span a, const char *word);

/* Is every octet of it such a one?  An empty span is. */
bool span_all(struct span a, bool (*in)(unsigned char));

/* The first N octets taken off the front of *REST, or all if it has fewer. */
static inline struct span
span_take_n(struct span *rest, size_t n)
{
	struct span front = { rest->s, n < rest->n ? n : rest->n };

	if (front.n > 0) /* NULL + 0 is undefined in C17 */
		rest->s += front.n;
	rest->n -= front.n;
	return front;
}

/* Each of these takes something off the front of *REST: one octet C; WORD in
 * any letter case; as many octets as IN says yes to, which it returns; all up
 * to the first C or the end, which it returns.  The first two answer whether it
 * was there, and leave *REST alone if it was not. */
static inline bool
span_take(struct span *rest, char c)
{
	if (rest->n == 0 || rest->s[0] != c)
		return false;
	span_take_n(rest, 1);
	return true;
}

bool span_take_word(struct span *rest, const char *word);
struct span span_take_while(struct span *rest, bool (*in)(unsigned char));
struct span span_take_until(struct span *rest, char c);

/* Without the blanks at its end; at its front, too. */
struct span span_trim_end(struct span a);
struct span span_trim(struct span a);

/* Is VERB, in any letter case, the first word of *LINE?  Then the words after
 * it may be secret, and *LINE is cut to what may be recorded: the verb and one
 * word, if that is a name (letters, digits, `-` and `_`, 20 at most). */
bool span_cut_secret(struct span *line, const char *verb);

/* Digits only, at least one, that fit into 64 bits: true, and *RET is the
 * number.  Else false and *RET as it was. */
bool span_number(struct span digits, uint64_t *ret);

/* The N octets at AT of A, which are there, as a number, the most significant
 * first; N is 4 at most. */
uint32_t span_big_endian(struct span a, size_t at, size_t n);

#endif
