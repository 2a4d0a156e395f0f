/* Parser for command lines.  See verb.h. */
#include "smtp/verb.h"

bool
verb_matches(const struct verb *v, struct span line, struct span *ret_arg)
{
	bool apart;

	if (!span_take_word(&line, v->name))
		return false;
	apart = span_take_while(&line, is_blank).n > 0 || line.n == 0;
	if (v->keyword && !span_take_word(&line, v->keyword))
		line.n = 0;
	else if (v->keyword)
		apart = true;
	if (apart)
		*ret_arg = line;
	return apart;
}

static bool
fits(enum arg_rule rule, struct span arg)
{
	switch (rule) {
	case ARG_NONE:
		return arg.n == 0;
	case ARG_OPTIONAL:
	case ARG_PATH:
		return true;
	case ARG_REQUIRED:
		return arg.n > 0;
	case ARG_NAME:
		return arg.n > 0 && span_all(arg, is_not_blank) &&
		    span_all(arg, is_not_control);
	case ARG_OPTIONAL_NAME:
		return span_all(arg, is_not_control);
	}
	return false;
}

enum verb_fault
verb_check(const struct verb *v, struct span line, struct span arg)
{
	bool path = v && v->argument == ARG_PATH;
	bool name =
	    v && (v->argument == ARG_NAME || v->argument == ARG_OPTIONAL_NAME);

	if (line.n == 0)
		return VERB_BAD_OCTET;
	if (name && !fits(v->argument, arg))
		return VERB_BAD_ARGUMENT; /* also for control octets */
	if (!span_all(line, path ? is_not_control : is_printable))
		return VERB_BAD_OCTET;
	return v && !fits(v->argument, arg) ? VERB_BAD_ARGUMENT : VERB_FINE;
}
