/* verb - parser for command lines: a verb, its keyword, its argument
 *
 * RFC 5321 4.1.1 and 2.4: the case of letters does not matter, trailing blanks
 * are ignored.  A command may not contain control octets; only an address may
 * contain octets over 126. */
#ifndef VERB_H
#define VERB_H

#include "base/span.h"

enum arg_rule {
	ARG_NONE,
	ARG_OPTIONAL,
	ARG_REQUIRED,
	ARG_PATH,          /* anything; path_parse() checks it */
	ARG_NAME,          /* one word */
	ARG_OPTIONAL_NAME, /* any number of words */
};

struct verb {
	const char *name;
	const char *keyword; /* before the argument, or NULL */
	enum arg_rule argument;
};

/* True if V is the verb of LINE.  *RET_ARG is then the argument, a span into
 * LINE, empty if the keyword is missing.  The keyword may follow without a
 * blank, as in `MAILFROM:`. */
bool verb_matches(const struct verb *v, struct span line, struct span *ret_arg);

enum verb_fault {
	VERB_FINE,
	VERB_BAD_OCTET, /* invalid octet in the line, or an empty line */
	VERB_BAD_ARGUMENT,
};

/* Checks LINE and its argument ARG against the rule of V.  V is NULL for an
 * unknown verb.  Returns VERB_FINE or the fault. */
enum verb_fault verb_check(const struct verb *v, struct span line,
    struct span arg);

#endif
