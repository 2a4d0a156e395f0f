/* What a line of users.txt says.  See meaning.h. */
#include "meaning.h"

#include <string.h>

#include "text.h"

/* `./a//b/./` becomes `a/b`. */
static const char *
add_components(struct text *name, struct span path)
{
	struct span part;

	while (path.n > 0) {
		part = span_take_until(&path, '/');
		span_take(&path, '/');
		if (part.n == 0 || span_is(part, "."))
			continue;
		if (span_is(part, ".."))
			return "its Maildir holds `..`";
		if (!span_all(part, is_not_blank))
			return "its Maildir holds a blank";
		text_add(name, name->n > 0 ? "/" : "");
		text_span(name, part);
	}
	return name->n > 0 ? NULL : "its Maildir has no name";
}

/* The Maildir of a line that names none. */
static const char *
add_address(struct text *name, struct span address)
{
	if (memchr(address.s, '/', address.n) || address.s[0] == '.')
		return "its address is no file name, so name a Maildir";
	text_span(name, address);
	return NULL;
}

const char *
meaning_of(const struct listing_line *line,
    char maildir[static MEANING_MAILDIR_MAX])
{
	struct text name = text_in(maildir, MEANING_MAILDIR_MAX);
	struct span path = line->action;
	const char *why;

	if (line->too_long)
		return "the line is too long";
	if (path.n == 0)
		why = add_address(&name, line->address);
	else if (span_take_word(&path, "./"))
		why = add_components(&name, path);
	else
		why = "behind the address stands no ./maildir/";
	if (!why && !span_all(text_span_of(&name), is_not_control))
		why = "it holds control octets";
	return why || text_end(&name) ? why : "the line is too long";
}
