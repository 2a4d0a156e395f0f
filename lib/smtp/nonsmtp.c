/* Clients that do not speak SMTP.  See nonsmtp.h. */
#include "smtp/nonsmtp.h"

static bool
is_header_name(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || c == '-';
}

const char *
nonsmtp_find(struct span first_line)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI" };
	struct span rest = first_line;
	struct span word = span_take_while(&rest, is_header_name);
	size_t i;

	if (word.n == 0 || rest.n == 0)
		return NULL;
	if (rest.s[0] == ':' && !span_is(word, "MAILFROM") &&
	    !span_is(word, "RCPTTO"))
		return "header";
	for (i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (rest.s[0] == ' ' && span_is(word, methods[i]))
			return "http";
	return NULL;
}
