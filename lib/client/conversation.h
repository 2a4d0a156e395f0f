/* conversation - the client's side of a connection, in lock step
 *
 * What the server says is shown behind `Server: `, what is sent behind
 * `Client: ` where the terminal echoes, and both are written down if somebody
 * wants that. */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <sys/types.h>

#include "client/linereader.h"
#include "client/terminal.h"

struct recorder;

struct conversation {
	pid_t server;
	int to;                 /* the server's input */
	struct linereader from; /* its output */
	bool due;               /* a reply is: at first, the greeting */
	bool in_data;           /* between 354 and the dot no reply is due */
	bool closed;            /* the server takes no more; it may be heard */
	bool ended;             /* and so we said */
	bool lost;              /* it says no more */
	unsigned code;          /* of the last reply */
	bool final;             /* the line under way is the last of a reply */
	bool hidden; /* the line that is sent is not to be recorded */
	struct terminal terminal;
	struct recorder *recorder; /* or NULL */
};

/* Before the greeting, shown as SCREEN and written down by SCRIBE (or NULL). */
void conversation_init(struct conversation *d, struct terminal terminal,
    struct recorder *recorder);

/* The server's next line, good until the next call.  False: there is none, and
 * the server is lost.  It is not shown yet. */
bool conversation_hear(struct conversation *d, struct span *ret);

/* The same, shown. */
bool conversation_hear_line(struct conversation *d, struct span *ret);

/* Shows a line of the server; does it differ from what is expected? */
void conversation_show(const struct conversation *d, struct span line,
    bool differs);

/* The rest of the reply that is due, if one is. */
void conversation_hear_reply(struct conversation *d);

/* Sends octets as they are, or a piece of a line and CRLF behind its last one.
 * Both await the reply that is due first. */
void conversation_say(struct conversation *d, struct span octets);
void conversation_say_line(struct conversation *d, struct piece piece);

#endif
