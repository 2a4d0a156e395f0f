/* terminal - what the client shows
 *
 * Control octets and those over 126 are shown as `\xNN`, and lines are cut at
 * 1000 octets.  On a terminal there are colours, unless NO_COLOR is set
 * (no-color.org) or TERM is `dumb`, and what is sent is shown, too, unless it
 * was typed there. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "base/text.h"

enum { TERMINAL_LINE_MAX = 4000 }; /* octets that a line comes to, at most */

enum terminal_ink {
	TERMINAL_PLAIN,
	TERMINAL_SENT,
	TERMINAL_RECEIVED,
	TERMINAL_DIFFERS,
};

struct terminal {
	bool quiet;  /* nothing of a conversation is shown */
	bool echoes; /* what is sent is */
	bool colours;
};

/* What standard output is; and is what is sent TYPED? */
struct terminal terminal_open(bool typed);

/* A line of the conversation after the label WHO; lines that are sent only if
 * the terminal echoes. */
void terminal_line(const struct terminal *s, enum terminal_ink ink,
    const char *who, struct span line);

/* A line in an ink, of what is printable already, whether quiet or not. */
void terminal_put(const struct terminal *s, enum terminal_ink ink,
    struct span line);

/* LINE so that it may be shown: at most TERMINAL_LINE_MAX octets. */
void terminal_escape(struct text *t, struct span line);

/* WHAT went wrong, on standard error; the latter with a name in front and the
 * words for errno behind. */
void terminal_complain(const char *what);
void terminal_complain_of(const char *name, const char *what);

#endif
