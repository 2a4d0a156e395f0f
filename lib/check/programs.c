/* Reports the programs of options.  See programs.h. */
#include "check/programs.h"

#include <string.h>

#include "base/process.h"
#include "check/report.h"
#include "cli/options.h"

static const struct span nothing = { "", 0 };

/* Returns what is wrong with COMMAND, or NULL. */
static const char *
fault_of(const char *command)
{
	char line[OPTIONS_COMMAND_MAX], *argv[PROCESS_WORDS_MAX];

	strcpy(line, command); /* fits: options_parse() checked */
	if (process_split(line, argv, PROCESS_WORDS_MAX) == 0)
		return "has too many words";
	return process_is_executable(argv[0])
	    ? NULL
	    : "cannot be executed: there is no such program, or this user may "
	      "not execute it; check its path";
}

/* Reports the COMMAND of --OPTION, which may be NULL.  Returns the number of
 * problems. */
static unsigned
report_one(const char *option, const char *command)
{
	const char *fault = command ? fault_of(command) : NULL;

	if (command)
		report(option, 0, span_of(command),
		    fault ? fault : "can be executed");
	return fault ? 1 : 0;
}

unsigned
programs_report(const struct options *o)
{
	unsigned problems =
	    report_one("filter", o->filter) + report_one("auth", o->auth);
	size_t i;

	for (i = 0; i < o->policies_n; i++)
		problems += report_one("policy", o->policies[i]);
	if (o->auth && (o->auth_clear || o->catch))
		report("auth", 0, nothing,
		    "passwords are taken without TLS, too");
	else if (o->auth && !o->tls && !o->tls_on)
		report("auth", 0, nothing,
		    "not offered: there is no TLS; give --tls or --auth-clear");
	return problems;
}
