/* envelope - sender and recipients of a transaction (RFC 5321 2.3.1)
 *
 * It holds copies, because the command lines are overwritten before the message
 * arrives.  A recipient leads to any number of Maildirs and commands.  Each of
 * them is stored once, even if several recipients lead to it. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include "base/file.h"
#include "smtp/path.h"
#include "users/userfile.h"

enum {
	/* Limit for recipients, and for the Maildirs and commands that they
	 * lead to; RFC 5321 4.5.3.1.8 requires 100. */
	ENVELOPE_MAX = 1000,
	/* Octets for all their strings.  Untouched pages use no memory, but a
	 * listener may limit the address space of a process. */
	ENVELOPE_TEXTS = 1 << 20,
	ENVELOPE_SLOTS = 2048, /* of the hash table, over ENVELOPE_MAX */
};

/* A Maildir, and the identity of its new/ (see maildir.h). */
struct envelope_box {
	const char *name;
	struct file_id id;
	size_t slot;   /* in the hash table */
	uint64_t rcpt; /* number of the last RCPT that used it */
};

/* A command and the values of its environment variables. */
struct envelope_command {
	uint64_t offset;       /* of its line in users.txt */
	bool for_all;          /* `||`: all commands with this line run once */
	size_t first;          /* index of the one that runs, by envelope.c */
	size_t rcpt;           /* index of the RCPT, by envelope.c */
	const char *line;      /* argv, separated by blanks */
	const char *recipient; /* the address in users.txt */
	const char *address;   /* as sent, or by an alias; without quotes */
	const char *local, *extension, *domain; /* its parts */
};

/* Where the mail of one RCPT goes: N elements of use[] from FIRST on. */
struct envelope_rcpt {
	const char *path; /* as sent, without brackets */
	size_t first, n;
	const char *refusal; /* after the data: code, enhanced code, text */
	unsigned wait;       /* seconds before the reply to the data */
	bool close;          /* end the session instead of that reply */
	bool drop;           /* and store nothing of the message */
	bool discard;        /* stored nowhere, or not everywhere */
};

/* The counters and the current recipient, for envelope_return(). */
struct envelope_mark {
	size_t uses, boxes, commands, used;
	struct envelope_rcpt rcpt;
};

struct envelope {
	size_t refused; /* RCPT commands so far */
	size_t rcpts, uses, boxes, commands;
	struct envelope_rcpt rcpt[ENVELOPE_MAX];
	int use[ENVELOPE_MAX]; /* index of a Maildir, or ~index of a command */
	struct envelope_box box[ENVELOPE_MAX];
	uint16_t slots[ENVELOPE_SLOTS]; /* 1 + index of a Maildir, or 0 */
	uint64_t rcpt_number;           /* of the current RCPT */
	struct envelope_command command[ENVELOPE_MAX];
	struct span sender; /* the reverse-path */
	char path[PATH_MAX_OCTETS];
	struct envelope_mark mark; /* before the current recipient */
	size_t used;               /* octets of `texts` */
	char texts[ENVELOPE_TEXTS];
};

/* Starts a transaction with the reverse-path SENDER, which is copied, and no
 * recipients. */
void envelope_start(struct envelope *e, struct span sender);

/* Replaces the reverse-path; the recipients stay. */
void envelope_set_sender(struct envelope *e, struct span sender);

/* Add one recipient: envelope_begin() with its path, then the functions for its
 * Maildirs, commands and refusal, and its other members through
 * envelope_current(), then envelope_commit(), or envelope_abort(),
 * which removes it again.  All strings are copied.  False: there is no space,
 * and the caller must abort the recipient. */
bool envelope_begin(struct envelope *e, struct span path);
bool envelope_add_box(struct envelope *e, const char *maildir,
    const struct file_id *id);
bool envelope_add_command(struct envelope *e,
    const struct envelope_command *command);
bool envelope_set_refusal(struct envelope *e, const char *words);
struct envelope_rcpt *envelope_current(struct envelope *e);
void envelope_commit(struct envelope *e);
void envelope_abort(struct envelope *e);

/* Removes the recipient that was committed last, directly after that. */
void envelope_remove_last(struct envelope *e);

/* Undo a part of one recipient: envelope_return() removes what was added to it
 * since envelope_mark(). */
struct envelope_mark envelope_mark(const struct envelope *e);
void envelope_return(struct envelope *e, const struct envelope_mark *mark);

/* Makes all recipients discard the message: nothing is stored for them. */
void envelope_discard(struct envelope *e);

/* If all recipients lead to the same Maildir and to nothing else, stores their
 * addresses in RET, each once, in order, and returns their number.  Returns 0
 * if they do not, or if there are more than MAX addresses. */
size_t envelope_same_box(const struct envelope *e, struct span ret[],
    size_t max);

#endif
