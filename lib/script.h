/* script - a transcript, played by the client
 *
 *     C: text   is sent, with CRLF
 *     S: text   must be the server's next line
 *     R: text   is sent without CRLF; \r \n \\ \xNN are octets
 *     # text    is a comment, as is an empty line */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "span.h"

struct dialogue;
struct reader;

enum script_result {
	SCRIPT_OK,
	SCRIPT_DIFFERS,  /* both lines were shown */
	SCRIPT_LOST,     /* the server left before the end */
	SCRIPT_NONSENSE, /* a line of it means nothing, and was shown */
};

/* Plays what FILE holds, up to the first line that goes wrong. */
enum script_result script_play(struct reader *file, struct dialogue *d);

#endif
