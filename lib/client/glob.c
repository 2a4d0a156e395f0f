/* Shell-style patterns.  See glob.h. */
#include "client/glob.h"

#include "client/escape.h"

/* Takes the next octet of a pattern, escaped or not. */
static unsigned char
take_octet(struct span *pattern)
{
	char octet;

	if (span_take(pattern, '\\')) {
		if (pattern->n == 0)
			return '\\';
		if (escape_take(pattern, &octet))
			return (unsigned char)octet;
	}
	return (unsigned char)span_take_n(pattern, 1).s[0];
}

/* Takes a set, without its `[`, and stores in *RET_IN whether C is in it.
 * False: the set has no `]`, and *PATTERN is unchanged. */
static bool
take_set(struct span *pattern, unsigned char c, bool *ret_in)
{
	struct span rest = *pattern;
	bool negated = span_take(&rest, '!') || span_take(&rest, '^');
	bool in = false, first = true;
	unsigned char low, high;

	for (; first || !span_take(&rest, ']'); first = false) {
		if (rest.n == 0)
			return false;
		low = high = take_octet(&rest);
		if (rest.n > 1 && rest.s[0] == '-' && rest.s[1] != ']') {
			span_take(&rest, '-');
			high = take_octet(&rest);
		}
		in = in || (low <= c && c <= high);
	}
	*pattern = rest;
	*ret_in = in != negated;
	return true;
}

/* Takes one octet of TEXT and the element of PATTERN, not `*`, that should
 * match it.  True: it matches.  If *OPEN is not NULL, no `[` at or after it is
 * closed.  One search is enough: a `]` that closes a later `[` would have
 * closed the first. */
static bool
take_one(struct span *pattern, struct span *text, const char **open)
{
	struct span set = *pattern;
	unsigned char c;
	bool in;

	if (pattern->n == 0)
		return false;
	c = (unsigned char)span_take_n(text, 1).s[0];
	if (span_take(pattern, '?'))
		return true;
	if ((!*open || pattern->s < *open) && span_take(&set, '[')) {
		if (take_set(&set, c, &in)) {
			*pattern = set;
			return in;
		}
		*open = pattern->s;
	}
	return take_octet(pattern) == c;
}

/* Only the last `*` is ever retried with more octets: the shortest match of
 * each earlier one leaves the most text to the rest of the pattern. */
bool
glob_matches(struct span pattern, struct span text)
{
	struct span after_star = { NULL, 0 }, at_star = { NULL, 0 };
	const char *open = NULL;

	for (;;) {
		if (span_take(&pattern, '*')) {
			after_star = pattern;
			at_star = text;
			continue;
		}
		if (text.n == 0)
			return pattern.n == 0;
		if (take_one(&pattern, &text, &open))
			continue;
		if (!after_star.s || at_star.n == 0)
			return false;
		span_take_n(&at_star, 1);
		pattern = after_star;
		text = at_star;
	}
}
