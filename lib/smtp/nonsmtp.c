/* Clients that do not speak SMTP.  See nonsmtp.h. */
#include "smtp/nonsmtp.h"

static bool
is_header_name(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || c == '-';
}

const char *
nonsmtp_find(struct span first_line, struct span *ret_shown)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI" };
	struct span rest = first_line;
	struct span word = span_take_while(&rest, is_header_name);
	struct span shown = word;
	size_t i;

	if (word.n == 0 || rest.n == 0)
		return NULL;
	if (rest.s[0] == ':' && !span_is(word, "MAILFROM") &&
	    !span_is(word, "RCPTTO")) {
		shown.n++; /* the colon, too */
		*ret_shown = shown;
		return "header";
	}
	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (rest.s[0] == ' ' && span_is(word, methods[i])) {
			*ret_shown = shown;
			return "http";
		}
	return NULL;
}
