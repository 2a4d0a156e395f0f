/* transcript - a transcript, played by the client
 *
 *     C: text   is sent, with CRLF
 *     S: text   must be the server's next line, or a pattern that matches it
 *               (see glob.h)
 *     R: text   is sent without CRLF; \r \n \\ \xNN are octets
 *     # text    is a comment, as is an empty line
 *
 * A line that is the text octet by octet is as expected whatever patterns say,
 * so that few lines need a backslash. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "base/span.h"

struct conversation;
struct linereader;

enum transcript_result {
	TRANSCRIPT_OK,
	TRANSCRIPT_DIFFERS,  /* a line is not what was expected */
	TRANSCRIPT_LOST,     /* the server left before the end */
	TRANSCRIPT_NONSENSE, /* a line of the transcript is invalid */
};

/* The line of the transcript at which it went wrong.  The spans are good until
 * the next piece is read from the transcript or the server. */
struct transcript_fault {
	uint64_t number;
	struct span want; /* what stands there; s is NULL if it is no `S: ` */
	struct span got;  /* what differs */
};

/* Plays what FILE holds, up to the first line that goes wrong. */
enum transcript_result transcript_play(struct linereader *file,
    struct conversation *d, struct transcript_fault *ret);

#endif
