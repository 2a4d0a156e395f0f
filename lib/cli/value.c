/* Values of options.  See value.h. */
#include "cli/value.h"

#include <string.h>

#include "base/span.h"
#include "smtp/path.h"

bool
value_number(const char *digits, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;

	if (!digits || !span_number(span_of(digits), &n) || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

bool
value_size(const char *value, uint64_t *ret)
{
	static const char units[] = "kmg";
	struct span digits = span_of(value);
	const char *unit = NULL;
	unsigned shift = 0;
	uint64_t n;

	if (digits.n > 0)
		unit = memchr(units,
		    to_lower((unsigned char)digits.s[digits.n - 1]), 3);
	if (unit) {
		digits.n--;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (!span_number(digits, &n) || n > (UINT64_MAX >> 1) >> shift)
		return false;
	*ret = n << shift;
	return true;
}

/* A command has at least one word and fits into VALUE_COMMAND_MAX octets. */
bool
value_command(const char *value, const char **ret)
{
	*ret = value;
	return span_trim(span_of(value)).n > 0 &&
	    strlen(value) < VALUE_COMMAND_MAX;
}

bool
value_name(const char *value, const char **ret)
{
	*ret = value;
	return path_is_host(span_of(value));
}
