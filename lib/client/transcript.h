/* transcript - plays a transcript to a server
 *
 *     C: text   is sent, with CRLF
 *     S: text   must be the server's next line, or a pattern that matches it
 *               (see glob.h)
 *     R: text   is sent without CRLF; \r \n \\ \xNN are octets
 *     # text    is a comment, as is an empty line
 *
 * A line of the server that equals the text octet by octet is always as
 * expected, even if the text is also a pattern, so few lines need a
 * backslash. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "base/span.h"

struct conversation;
struct linereader;

enum transcript_result {
	TRANSCRIPT_OK,
	TRANSCRIPT_DIFFERS,  /* a line of the server differs */
	TRANSCRIPT_LOST,     /* the server closed before the end */
	TRANSCRIPT_NONSENSE, /* a line of the transcript is invalid */
};

/* The line of the transcript that failed.  The spans are valid until the next
 * piece is read from the transcript or the server. */
struct transcript_fault {
	uint64_t number;
	struct span want; /* text of `S: ` or invalid line; else s is NULL */
	struct span got;  /* line of the server that differs */
};

/* Plays the transcript FILE with the server of D, up to the first line that
 * fails; *RET then describes it. */
enum transcript_result transcript_play(struct linereader *file,
    struct conversation *d, struct transcript_fault *ret);

#endif
