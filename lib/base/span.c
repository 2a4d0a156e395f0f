/* Text as a pointer and a length, without a NUL.  See span.h. */
#include "base/span.h"

#include <string.h>

bool
is_not_blank(unsigned char c)
{
	return !is_blank(c);
}

bool
is_not_control(unsigned char c)
{
	return c >= ' ' && c != 127;
}

bool
is_alpha(unsigned char c)
{
	return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

bool
is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

bool
is_ascii(unsigned char c)
{
	return c < 0x80;
}

unsigned char
to_upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? (unsigned char)(c - 'a' + 'A') : c;
}

bool
span_same(struct span a, struct span b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (to_lower((unsigned char)a.s[i]) !=
		    to_lower((unsigned char)b.s[i]))
			return false;
	return true;
}

bool
span_is(struct span a, const char *word)
{
	return span_same(a, span_of(word));
}

bool
span_all(struct span a, bool (*in)(unsigned char))
{
	span_take_while(&a, in);
	return a.n == 0;
}

bool
span_take_word(struct span *rest, const char *word)
{
	struct span after = *rest;

	if (!span_is(span_take_n(&after, strlen(word)), word))
		return false;
	*rest = after;
	return true;
}

struct span
span_take_while(struct span *rest, bool (*in)(unsigned char))
{
	size_t n = 0;

	while (n < rest->n && in((unsigned char)rest->s[n]))
		n++;
	return span_take_n(rest, n);
}

struct span
span_take_until(struct span *rest, char c)
{
	const char *at = rest->n > 0 ? memchr(rest->s, c, rest->n) : NULL;

	return span_take_n(rest, at ? (size_t)(at - rest->s) : rest->n);
}

struct span
span_trim_end(struct span a)
{
	while (a.n > 0 && is_blank((unsigned char)a.s[a.n - 1]))
		a.n--;
	return a;
}

struct span
span_trim(struct span a)
{
	span_take_while(&a, is_blank);
	return span_trim_end(a);
}

static bool
is_name(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
}

/* The names of SASL that clients use; any other word may be a password. */
static bool
is_mechanism(struct span word)
{
	static const char *const names[] = { "PLAIN", "LOGIN", "CRAM-MD5",
		"DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS",
		"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512",
		"SCRAM-SHA-512-PLUS", "XOAUTH2", "OAUTHBEARER", "GSSAPI",
		"NTLM", "EXTERNAL", "ANONYMOUS" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_is(word, names[i]))
			return true;
	return false;
}

bool
span_cut_secret(struct span *line, const char *verb)
{
	struct span rest = *line, after;

	span_take_while(&rest, is_blank);
	if (!span_take_word(&rest, verb) ||
	    (rest.n > 0 && is_name((unsigned char)*rest.s)))
		return false;
	after = rest;
	span_take_while(&after, is_blank);
	if (is_mechanism(span_take_while(&after, is_not_blank)))
		rest = after;
	line->n -= rest.n;
	return true;
}

bool
span_number(struct span digits, uint64_t *ret)
{
	uint64_t number = 0, digit;
	size_t i;

	if (digits.n == 0 || !span_all(digits, is_digit))
		return false;
	for (i = 0; i < digits.n; i++) {
		digit = (uint64_t)(digits.s[i] - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret = number;
	return true;
}

uint32_t
span_big_endian(struct span a, size_t at, size_t n)
{
	uint32_t number = 0;

	for (; n > 0; n--)
		number = number << 8 | (unsigned char)a.s[at++];
	return number;
}

uint64_t
span_hash(struct span a)
{
	uint64_t hash = 14695981039346656037u;

	for (; a.n > 0; span_take_n(&a, 1))
		hash = (hash ^ (unsigned char)a.s[0]) * 1099511628211u;
	return hash;
}
