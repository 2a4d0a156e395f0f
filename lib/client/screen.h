/* screen - what the client shows
 *
 * Control octets and those over 126 are shown as `\xNN`, and lines are cut at
 * 1000 octets.  On a terminal there are colours, unless NO_COLOR is set
 * (no-color.org) or TERM is `dumb`, and what is sent is shown, too, unless it
 * was typed there. */
#ifndef SCREEN_H
#define SCREEN_H

#include "base/text.h"

enum { SCREEN_LINE_MAX = 4000 }; /* octets that a line comes to, at most */

enum screen_ink {
	SCREEN_PLAIN,
	SCREEN_SENT,
	SCREEN_RECEIVED,
	SCREEN_DIFFERS,
};

struct screen {
	bool quiet;  /* nothing of a dialogue is shown */
	bool echoes; /* what is sent is */
	bool colours;
};

/* What standard output is; and is what is sent TYPED? */
struct screen screen_open(bool typed);

/* A line of the dialogue behind WHO; lines that are sent only if the screen
 * echoes. */
void screen_line(const struct screen *s, enum screen_ink ink, const char *who,
    struct span line);

/* A line in an ink, of what is printable already, whether quiet or not. */
void screen_put(const struct screen *s, enum screen_ink ink, struct span line);

/* LINE so that it may be shown: at most SCREEN_LINE_MAX octets. */
void screen_escape(struct text *t, struct span line);

/* WHAT went wrong, on standard error; the latter with a name in front and the
 * words for errno behind. */
void screen_complain(const char *what);
void screen_complain_of(const char *name, const char *what);

#endif
