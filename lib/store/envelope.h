/* envelope - sender and recipients of a transaction (RFC 5321 2.3.1)
 *
 * It holds copies: the commands that brought them are gone by the time the
 * message has come.  A recipient leads to any number of Maildirs and commands;
 * each of these is kept once, also if several recipients lead to it. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include "smtp/path.h"
#include "users/userfile.h"

enum {
	/* Recipients, and Maildirs and commands that they lead to; RFC 5321
	 * 4.5.3.1.8 asks for 100. */
	ENVELOPE_MAX = 1000,
	/* Octets of what is known of them; untouched pages cost nothing, but a
	 * listener may limit what a process can have. */
	ENVELOPE_TEXTS = 1 << 20,
};

/* A command and the environment that is its own. */
struct envelope_command {
	const char *line;                       /* argv, with blanks between */
	const char *recipient;                  /* the address as listed */
	const char *local, *extension, *domain; /* of the address as sent */
};

/* Where the mail of one RCPT goes: N uses from FIRST on. */
struct envelope_rcpt {
	const char *path; /* as sent, without brackets */
	size_t first, n;
	const char *refusal; /* after the data: code, enhanced code, words */
};

/* How far it had come when this recipient began. */
struct envelope_mark {
	size_t uses, boxes, commands, used;
};

struct envelope {
	size_t refused; /* RCPT commands so far */
	size_t rcpts, uses, boxes, commands;
	struct envelope_rcpt rcpt[ENVELOPE_MAX];
	int use[ENVELOPE_MAX]; /* a Maildir's number, or ~ a command's */
	const char *box[ENVELOPE_MAX];
	struct envelope_command command[ENVELOPE_MAX];
	struct span sender; /* the reverse-path */
	char path[PATH_MAX_OCTETS];
	struct envelope_mark mark;
	size_t used; /* octets of texts */
	char texts[ENVELOPE_TEXTS];
};

/* Starts a transaction with its reverse-path, and without recipients. */
void envelope_start(struct envelope *e, struct span sender);

/* Replaces the reverse-path; recipients stay. */
void envelope_set_sender(struct envelope *e, struct span sender);

/* A recipient with its path: envelope_begin(), whatever it leads to, and
 * envelope_commit() or envelope_abort(), after which it was never there.  What
 * does not fit any more answers false, and the recipient has to be aborted. */
bool envelope_begin(struct envelope *e, struct span path);
bool envelope_add_box(struct envelope *e, const char *maildir);
bool envelope_add_command(struct envelope *e,
    const struct envelope_command *command);
bool envelope_set_refusal(struct envelope *e, const char *words);
void envelope_commit(struct envelope *e);

/* A Maildir that the message is for, or NULL. */
const char *envelope_first_box(const struct envelope *e);
void envelope_abort(struct envelope *e);

#endif
