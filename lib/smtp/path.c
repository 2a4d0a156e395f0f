/* Parser for the reverse-path and the forward-path.  See path.h. */
#include "smtp/path.h"

#include <string.h>

#include "base/utf8.h"

/* True for the octets of a UTF-8 sequence; path_parse() validates the sequences
 * later (RFC 6532 3.1). */
static bool
is_utf8(unsigned char c)
{
	return c >= 0x80;
}

static bool
is_alnum_utf8(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || is_utf8(c);
}

static bool
is_atext(unsigned char c)
{
	return is_alnum_utf8(c) || (c > 0 && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool
is_label(unsigned char c)
{
	return is_alnum_utf8(c) || c == '-' || c == '_';
}

/* dcontent */
static bool
is_in_literal(unsigned char c)
{
	return c > ' ' && c <= '~' && c != '[' && c != '\\' && c != ']';
}

static struct span
up_to(struct span all, struct span rest)
{
	return (struct span){ all.s, (size_t)(rest.s - all.s) };
}

/* Dot-string = Atom *("." Atom) */
static bool
take_dot_string(struct span *rest)
{
	do {
		if (span_take_while(rest, is_atext).n == 0)
			return false;
	} while (span_take(rest, '.'));
	return true;
}

/* Quoted-string = DQUOTE *(qtext / "\" printable) DQUOTE, with the opening
 * quote already taken. */
static bool
take_quoted(struct span *rest)
{
	unsigned char c;

	while (rest->n > 0) {
		c = (unsigned char)*span_take_n(rest, 1).s;
		if (c == '"')
			return true;
		if (c == '\\' && rest->n > 0) {
			c = (unsigned char)*span_take_n(rest, 1).s;
			if (is_utf8(c))
				return false;
		}
		if (!is_printable(c) && !is_utf8(c))
			return false;
	}
	return false;
}

/* Domain = sub-domain *("." sub-domain), each without a `-` at either end, or
 * "[" 1*dcontent "]" */
static bool
take_domain(struct span *rest)
{
	struct span label;

	if (span_take(rest, '['))
		return span_take_while(rest, is_in_literal).n > 0 &&
		    span_take(rest, ']');
	do {
		label = span_take_while(rest, is_label);
		if (label.n == 0 || label.s[0] == '-' ||
		    label.s[label.n - 1] == '-')
			return false;
	} while (span_take(rest, '.'));
	return true;
}

/* A-d-l = "@" Domain *("," "@" Domain) ":", which is parsed and ignored (RFC
 * 5321 appendix C). */
static bool
take_route(struct span *rest)
{
	do {
		if (!span_take(rest, '@') || !take_domain(rest))
			return false;
	} while (span_take(rest, ','));
	return span_take(rest, ':');
}

bool
path_is_postmaster(struct span local)
{
	return span_is(local, "postmaster");
}

static bool
take_mailbox(struct span *rest, struct path *p)
{
	struct span all = *rest;

	if (span_take(rest, '"') ? !take_quoted(rest) : !take_dot_string(rest))
		return false;
	p->local = up_to(all, *rest);
	if (!span_take(rest, '@'))
		return path_is_postmaster(p->local);
	p->domain = *rest;
	if (!take_domain(rest))
		return false;
	p->domain = up_to(p->domain, *rest);
	return true;
}

static bool
is_valid_utf8(struct span a)
{
	uint32_t point;

	while (a.n > 0)
		if (!utf8_take(&a, &point))
			return false;
	return true;
}

enum path_result
path_parse(struct span arg, struct path *ret_path, struct span *ret_rest)
{
	struct path p = { .text = arg, .ascii = true };
	struct span all = arg, rest = arg;

	if (!span_take(&rest, '<') || !memchr(arg.s, '>', arg.n))
		return PATH_NO_BRACKETS;
	if (rest.s[0] == '@' && !take_route(&rest))
		return PATH_BAD;
	p.text = rest;
	if (!span_take_word(&arg, "<>") && !take_mailbox(&rest, &p))
		return PATH_BAD;
	p.text = up_to(p.text, rest);
	if (!span_take(&rest, '>'))
		return PATH_BAD;
	all = up_to(all, rest);
	p.ascii = span_all(all, is_ascii);
	if (p.text.n > PATH_MAX_OCTETS || (!p.ascii && !is_valid_utf8(all)))
		return PATH_BAD;
	p.ascii = p.ascii || span_all(p.text, is_ascii);
	*ret_path = p;
	*ret_rest = rest;
	return PATH_OK;
}

bool
path_is_null(const struct path *p)
{
	return p->text.n == 0;
}

struct span
path_unquote(struct span text, char buffer[static PATH_MAX_OCTETS])
{
	struct span rest = text;
	size_t n = 0;

	if (!span_take(&rest, '"'))
		return text;
	while (rest.n > 0 && !span_take(&rest, '"')) {
		span_take(&rest, '\\');
		buffer[n++] = *span_take_n(&rest, 1).s;
	}
	while (rest.n > 0)
		buffer[n++] = *span_take_n(&rest, 1).s;
	return (struct span){ buffer, n };
}

struct span
path_local(const struct path *p, char buffer[static PATH_MAX_OCTETS])
{
	return path_unquote(p->local, buffer);
}

bool
path_is_host(struct span name)
{
	return name.n > 0 && name.n <= 255 && span_all(name, is_ascii) &&
	    take_domain(&name) && name.n == 0;
}
