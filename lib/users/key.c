/* Parser for the key of a users.txt line.  See key.h. */
#include "users/key.h"

#include "base/text.h"
#include "base/utf8.h"
#include "smtp/path.h"

static const char wildcard[] =
    "write @domain for a whole domain, or `* ./all/` for everybody";

/* Returns NULL, or why KEY cannot be read by a human. */
static const char *
check_octets(struct span key)
{
	uint32_t point;

	if (span_all(key, is_printable))
		return NULL; /* the usual case, fast */
	while (key.n > 0) {
		if (!utf8_take(&key, &point))
			return "the address is not UTF-8; save the file as "
			       "UTF-8";
		if (utf8_is_hidden(point))
			return "the address has a character that does not "
			       "show; type it again";
	}
	return NULL;
}

/* True if the LOCAL with QUOTE at both ends, and REST, are a path. */
static bool
is_path(const char *quote, struct span local, struct span rest)
{
	char bracketed[PATH_MAX_OCTETS + 8];
	struct text t = text_in(bracketed, sizeof(bracketed));
	struct path path;

	text_add(&t, "<");
	text_add(&t, quote);
	text_span(&t, local);
	text_add(&t, quote);
	text_span(&t, rest);
	text_add(&t, ">");
	return !t.full &&
	    path_parse(text_span_of(&t), &path, &rest) == PATH_OK &&
	    rest.n == 0 && path.text.n + 2 == t.n;
}

static bool
is_bare(unsigned char c)
{
	return c > ' ' && !strchr("\"\\:,;<>()[]@", c);
}

/* A line lists addresses without the quotes that some need in SMTP. */
static bool
is_address(struct span key)
{
	struct span rest = key, local = span_take_until(&rest, '@');

	if (rest.n == 0)
		return path_is_postmaster(key);
	if (local.n > 0 && local.s[0] != '"' && is_path("", local, rest))
		return true;
	if (!span_all(local, is_bare))
		return false;
	return local.n > 0 ? is_path("\"", local, rest)
	                   : is_path("", span_of("x"), rest);
}

/* Returns why KEY, which is no address, is none. */
static const char *
reason_for(struct span key)
{
	if (memchr(key.s, '*', key.n) || span_is(key, "@"))
		return wildcard;
	if (memchr(key.s, '<', key.n) || memchr(key.s, '>', key.n))
		return "write the address without brackets";
	if (key.s[0] == '"')
		return "write the address without quotes";
	if (memchr(key.s, ':', key.n))
		return "has a colon; write the address, a blank and its action";
	if (memchr(key.s, ',', key.n))
		return "has a comma; write one address a line";
	return "is not local-part@domain, @domain or postmaster";
}

/* Parses an address, @domain or postmaster. */
static const char *
parse_address(struct span key, enum key_kind *ret)
{
	struct span local = key;

	if (span_is(span_take_until(&local, '@'), "*") || span_is(key, "@"))
		return wildcard;
	if (!is_address(key))
		return reason_for(key);
	*ret = key.s[0] == '@' ? KEY_DOMAIN : KEY_ADDRESS;
	return NULL;
}

static const char *
parse_sender(struct span sender)
{
	enum key_kind kind;

	if (span_is(sender, "<>"))
		return NULL;
	if (sender.n == 0)
		return "write from:address without a blank, or from:<>";
	if (path_is_postmaster(sender))
		return "a sender has a domain";
	return parse_address(sender, &kind);
}

const char *
key_parse(struct span key, enum key_kind *ret)
{
	const char *reason = check_octets(key);
	struct span rest = key;

	if (reason)
		return reason;
	if (span_is(key, KEY_EVERYBODY_WORD)) {
		*ret = KEY_EVERYBODY;
		return NULL;
	}
	if (!span_take_word(&rest, KEY_SENDER_PREFIX))
		return parse_address(key, ret);
	*ret = KEY_SENDER;
	return parse_sender(rest);
}

const char *
key_parse_target(struct span word)
{
	const char *reason = check_octets(word);
	enum key_kind kind;

	if (reason)
		return reason;
	if (memchr(word.s, ',', word.n))
		return "separate the addresses with blanks, without commas";
	return parse_address(word, &kind);
}

bool
key_is_like_sender(struct span local)
{
	return span_take_word(&local, KEY_SENDER_PREFIX);
}
