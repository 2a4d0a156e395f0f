/* dot - decoder for DATA: finds the end of the message and removes dots
 *
 * Only CRLF.CRLF ends DATA (RFC 5321 4.1.1.4, 2.3.8).  The decoder removes the
 * dot that the sender added to a line that starts with a dot (4.5.2), and
 * converts line ends to LF.  It records a bare CR or LF; the caller must reject
 * such a message, because other programs may accept it as a line end and find a
 * second message in this one (SMTP smuggling). */
#ifndef DOT_H
#define DOT_H

#include "base/span.h"

enum dot_state {
	DOT_LINE_START, /* after the CRLF of DATA, or of any line */
	DOT_MID_LINE,
	DOT_CR,     /* after a CR in a line */
	DOT_DOT,    /* after the dot that starts a line */
	DOT_DOT_CR, /* after that dot and a CR */
};

struct dot {
	enum dot_state state;
	bool lf;      /* accept LF as a line end, too */
	bool ended;   /* the final dot was decoded */
	bool bare_cr; /* bare CR or LF: do not store it */
	bool bare_lf;
	uint64_t size; /* octets of the message, with CRLF line ends */
};

enum { DOT_NOTHING = -1 };

/* Sets everything to zero but `lf`, which is LF. */
void dot_init(struct dot *d, bool lf);

/* The state machine: decodes the octet C.  Returns the octet that it adds to
 * the message, or DOT_NOTHING. */
int dot_step(struct dot *d, unsigned char c);

/* Decodes octets from the front of *IN, until *IN is empty, the message has
 * ended, or OUT holds MAX octets.  Returns the number of octets in OUT. */
size_t dot_decode(struct dot *d, struct span *in, char *out, size_t max);

#endif
