/* conversation - the client's side of a connection, in lock step
 *
 * Lines of the server are shown after `Server: `, lines that are sent after
 * `Client: ` if the terminal echoes.  A recorder, if there is one, records
 * both. */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <sys/types.h>

#include "client/linereader.h"
#include "client/secret.h"
#include "client/terminal.h"

struct recorder;

enum { CONVERSATION_PATIENCE = 5000 }; /* ms without a line of the server */

struct conversation {
	pid_t server;
	int to;                 /* the server's input */
	struct linereader from; /* its output */
	bool due;               /* a reply is due; initially, the greeting */
	bool in_data;           /* between 354 and the dot no reply is due */
	bool closed;            /* sending failed; replies may still be read */
	bool ended;             /* the client has closed its end */
	bool lost;              /* the server has closed its output */
	bool heard;             /* the server has sent something */
	bool named_line_end;    /* a wrong line end was reported */
	unsigned code;          /* of the last reply */
	bool final;             /* the current line is the last of a reply */
	struct secret secret;   /* of what is recorded */
	struct terminal terminal;
	int64_t timeout;           /* ms */
	int64_t reply_since;       /* when the wait for the reply began, or 0 */
	bool timed_out;            /* the server is lost for that reason */
	struct recorder *recorder; /* or NULL; must outlive this */
};

/* Prepares *D for a new server that will send its greeting.  Lines are shown on
 * TERMINAL.  The server is lost if it does not complete a reply, or reads
 * nothing, within TIMEOUT ms. */
void conversation_init(struct conversation *d, struct terminal terminal,
    int64_t timeout);

/* Waits for the server's next line (a piece, if it is long) and does not show
 * it.  Says on standard error if none comes within CONVERSATION_PATIENCE, and
 * which line was the first that did not end with CR LF.  *RET is valid until
 * the next call.  False: the server is lost. */
bool conversation_hear(struct conversation *d, struct span *ret);

/* Says how the server was lost: it never sent anything, or closed later. */
const char *conversation_loss(const struct conversation *d);

/* As conversation_hear(), and shows the line. */
bool conversation_hear_line(struct conversation *d, struct span *ret);

/* Shows a line of the server; DIFFERS: in the ink of unexpected lines. */
void conversation_show(const struct conversation *d, struct span line,
    bool differs);

/* Waits for the rest of the reply that is due, if any, and shows it. */
void conversation_hear_reply(struct conversation *d);

/* The first sends octets unchanged; the second sends a piece of a line, and
 * CRLF after the last piece.  Both first wait for the reply that is due.  A
 * failure sets D->closed. */
void conversation_say(struct conversation *d, struct span octets);
void conversation_say_line(struct conversation *d, struct piece piece);

#endif
