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

/* Functions that are called for every octet or every word are inline. */

/* Classes of octets.  A blank is a space or a tab (WSP in RFC 5234); printable
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
bool is_ascii(unsigned char c);
unsigned char to_upper(unsigned char c);

static inline unsigned char
to_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

/* Returns the span of a C string, without its NUL. */
static inline struct span
span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* True if both texts are equal, ignoring the case of ASCII letters. */
bool span_same(struct span a, struct span b);
bool span_is(struct span a, const char *word);

/* True if IN holds for every octet; an empty span passes. */
bool span_all(struct span a, bool (*in)(unsigned char));

/* Removes and returns the first N octets of *REST, or all if it has fewer. */
static inline struct span
span_take_n(struct span *rest, size_t n)
{
	struct span front = { rest->s, n < rest->n ? n : rest->n };

	if (front.n > 0) /* NULL + 0 is undefined in C17 */
		rest->s += front.n;
	rest->n -= front.n;
	return front;
}

/* Each of these removes something from the front of *REST.  span_take() removes
 * the octet C, span_take_word() removes WORD in any letter case; both return
 * whether it was there and leave *REST unchanged if not.  span_take_while()
 * removes and returns the octets for which IN holds, span_take_until() those
 * before the first C, or all if there is no C. */
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

/* Returns A without the blanks at its end; without those at both ends. */
struct span span_trim_end(struct span a);
struct span span_trim(struct span a);

/* True if VERB, in any letter case, is the first word of *LINE.  The words
 * after it may be secret, so *LINE is then cut to what may be recorded: the
 * verb, and the next word if that is a mechanism of AUTH (RFC 4954).  A
 * password may stand in its place. */
bool span_cut_secret(struct span *line, const char *verb);

/* Parses a decimal number: digits only, at least one, at most 64 bits.  True:
 * it is in *RET.  False: *RET is unchanged. */
bool span_number(struct span digits, uint64_t *ret);

/* Returns a hash of A (FNV-1a). */
uint64_t span_hash(struct span a);

/* Returns the N octets at offset AT of A as a big-endian number.  N is at most
 * 4; A must have AT + N octets. */
uint32_t span_big_endian(struct span a, size_t at, size_t n);

#endif
