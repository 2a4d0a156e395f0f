/* dialogue - the client's side of a connection, in lock step
 *
 * What the server says is shown on standard output behind `Server: `, with
 * control octets and those over 126 as `\xNN`, and cut at 1000 octets. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "reader.h"

struct dialogue {
	int to;             /* the server's input */
	struct reader from; /* its output */
	bool due;           /* a reply is: at first, the greeting */
	bool in_data;       /* between 354 and the dot no reply is due */
	bool closed;        /* the server takes no more; it may yet be heard */
	bool lost;          /* it says no more */
	unsigned code;      /* of the last reply */
};

void dialogue_show(const char *who, struct span line);

/* The server's next line, good until the next call.  False: there is none, and
 * the server is lost. */
bool dialogue_hear_line(struct dialogue *d, struct span *ret);

/* The rest of the reply that is due, if one is. */
void dialogue_hear_reply(struct dialogue *d);

/* Sends octets as they are, or a piece of a line and CRLF behind its last one;
 * the latter awaits the reply that is due first. */
void dialogue_say(struct dialogue *d, struct span octets);
void dialogue_say_line(struct dialogue *d, struct piece piece);

#endif
