/* terminal - output of the client
 *
 * Shows control octets and those over 126 as `\xNN`, and cuts lines at 1000
 * octets.  On a terminal, uses colours unless NO_COLOR is set (no-color.org) or
 * TERM is `dumb`, and also shows the lines that are sent unless they were typed
 * there. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "base/text.h"

enum { TERMINAL_LINE_MAX = 4000 }; /* octets of an escaped line */

enum terminal_ink {
	TERMINAL_PLAIN,
	TERMINAL_SENT,
	TERMINAL_RECEIVED,
	TERMINAL_DIFFERS,
};

struct terminal {
	bool quiet;  /* do not show lines of the conversation */
	bool echoes; /* show lines that are sent */
	bool colours;
};

/* Returns the settings for standard output.  TYPED: the lines to send come from
 * standard input. */
struct terminal terminal_open(bool typed);

/* Shows a line of the conversation, escaped, after the label WHO.  Lines that
 * are sent are shown only if the terminal echoes.  Shows nothing if quiet. */
void terminal_line(const struct terminal *s, enum terminal_ink ink,
    const char *who, struct span line);

/* Shows a line, which must be printable already, in INK, even if quiet. */
void terminal_put(const struct terminal *s, enum terminal_ink ink,
    struct span line);

/* Adds LINE to T in printable form: at most TERMINAL_LINE_MAX octets. */
void terminal_escape(struct text *t, struct span line);

/* Print the message WHAT on standard error.  The second puts NAME before WHAT
 * and strerror(errno) after it. */
void terminal_complain(const char *what);
void terminal_complain_of(const char *name, const char *what);

#endif
