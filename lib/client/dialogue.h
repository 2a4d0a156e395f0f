/* dialogue - the client's side of a connection, in lock step
 *
 * What the server says is shown behind `Server: `, what is sent behind
 * `Client: ` where the screen echoes, and both are written down if somebody
 * wants that. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include <sys/types.h>

#include "client/reader.h"
#include "client/screen.h"

struct scribe;

struct dialogue {
	pid_t server;
	int to;             /* the server's input */
	struct reader from; /* its output */
	bool due;           /* a reply is: at first, the greeting */
	bool in_data;       /* between 354 and the dot no reply is due */
	bool closed;        /* the server takes no more; it may be heard */
	bool ended;         /* and so we said */
	bool lost;          /* it says no more */
	unsigned code;      /* of the last reply */
	bool final;         /* the line under way is the last of a reply */
	bool hidden;        /* the line that is sent is not to be recorded */
	struct screen screen;
	struct scribe *scribe; /* or NULL */
};

/* Before the greeting, shown as SCREEN and written down by SCRIBE (or NULL). */
void dialogue_init(struct dialogue *d, struct screen screen,
    struct scribe *scribe);

/* The server's next line, good until the next call.  False: there is none, and
 * the server is lost.  It is not shown yet. */
bool dialogue_hear(struct dialogue *d, struct span *ret);

/* The same, shown. */
bool dialogue_hear_line(struct dialogue *d, struct span *ret);

/* Shows a line of the server; does it differ from what is expected? */
void dialogue_show(const struct dialogue *d, struct span line, bool differs);

/* The rest of the reply that is due, if one is. */
void dialogue_hear_reply(struct dialogue *d);

/* Sends octets as they are, or a piece of a line and CRLF behind its last one.
 * Both await the reply that is due first. */
void dialogue_say(struct dialogue *d, struct span octets);
void dialogue_say_line(struct dialogue *d, struct piece piece);

#endif
