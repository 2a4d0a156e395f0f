/* What a command line says.  See verb.h. */
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
fits(enum verb_argument rule, struct span arg)
{
	switch (rule) {
	case VERB_ALONE:
		return arg.n == 0;
	case VERB_OPTIONAL:
	case VERB_PATH:
		return true;
	case VERB_NEEDED:
		return arg.n > 0;
	case VERB_NAME:
		return arg.n > 0 && span_all(arg, is_not_blank) &&
		    span_all(arg, is_not_control);
	case VERB_MAYBE_A_NAME:
		return span_all(arg, is_not_control);
	}
	return false;
}

enum verb_fault
verb_check(const struct verb *v, struct span line, struct span arg)
{
	bool path = v && v->argument == VERB_PATH;
	bool name =
	    v && (v->argument == VERB_NAME || v->argument == VERB_MAYBE_A_NAME);

	if (line.n == 0)
		return VERB_BAD_OCTET;
	if (name && !fits(v->argument, arg))
		return VERB_BAD_ARGUMENT; /* control octets and all */
	if (!span_all(line, path ? is_not_control : is_printable))
		return VERB_BAD_OCTET;
	return v && !fits(v->argument, arg) ? VERB_BAD_ARGUMENT : VERB_FINE;
}
