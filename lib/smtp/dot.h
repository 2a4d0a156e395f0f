/* dot - where a message ends, and what it is
 *
 * DATA ends with CRLF.CRLF and with nothing else (RFC 5321 4.1.1.4, 2.3.8); the
 * dot that a sender put in front of a line that starts with one is removed
 * (4.5.2).  A line end becomes LF.  CR or LF alone is remembered, and the
 * message is not to be stored then: others may take such a line end for one,
 * and read a second message out of this one. */
#ifndef DOT_H
#define DOT_H

#include "base/span.h"

enum dot_state {
	DOT_LINE_START, /* behind the CRLF of DATA, or of any line */
	DOT_MID_LINE,
	DOT_CR,     /* behind a CR in a line */
	DOT_DOT,    /* behind the dot that starts a line */
	DOT_DOT_CR, /* behind that dot and a CR */
};

struct dot {
	enum dot_state state;
	bool lf;      /* LF alone ends a line, too */
	bool ended;   /* the last dot was seen */
	bool bare_cr; /* these two: and not to be stored */
	bool bare_lf;
	uint64_t size; /* octets of the message, CRLF at each line's end */
};

enum { DOT_NOTHING = -1 };

/* All zero, and `lf` as it is given. */
void dot_init(struct dot *d, bool lf);

/* The definition: what octet C adds to the message, an octet or DOT_NOTHING. */
int dot_step(struct dot *d, unsigned char c);

/* The same for many: takes octets off the front of *IN, until it is empty, the
 * message has ended, or OUT holds MAX octets.  Returns how many it holds. */
size_t dot_decode(struct dot *d, struct span *in, char *out, size_t max);

#endif
