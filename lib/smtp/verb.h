/* verb - what a command line says: a verb, its keyword, its argument
 *
 * RFC 5321 4.1.1 and 2.4: letters in any case, blanks at the end are nothing;
 * no command holds control octets, and only an address may hold octets over
 * 126. */
#ifndef VERB_H
#define VERB_H

#include "base/span.h"

enum arg_rule {
	ARG_NONE,
	ARG_OPTIONAL,
	ARG_REQUIRED,
	ARG_PATH,          /* whatever it is, path_parse() will judge it */
	ARG_NAME,          /* one word */
	ARG_OPTIONAL_NAME, /* any number of words */
};

struct verb {
	const char *name;
	const char *keyword; /* in front of the argument, or NULL */
	enum arg_rule argument;
};

/* Is V the verb of LINE?  *RET_ARG is then the argument within LINE, empty if
 * the keyword is missing.  A keyword may follow without a blank, as it does in
 * `MAILFROM:`. */
bool verb_matches(const struct verb *v, struct span line, struct span *ret_arg);

enum verb_fault {
	VERB_FINE,
	VERB_BAD_OCTET, /* somewhere in the line, or there is nothing in it */
	VERB_BAD_ARGUMENT,
};

/* What is wrong with the argument ARG of LINE, or with the line itself?  V is
 * NULL for a verb that nobody knows. */
enum verb_fault verb_check(const struct verb *v, struct span line,
    struct span arg);

#endif
