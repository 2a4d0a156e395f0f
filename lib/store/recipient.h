/* recipient - where the mail for an address goes, aliases and all
 *
 * users.txt says it; here its lines are followed to the Maildirs, commands and
 * refusals behind them.  All or nothing: an alias that leads to one bad address
 * adds none of the others. */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include "users/users.h"

struct envelope;
struct path;

enum {
	RECIPIENT_DEPTH_MAX = 10,     /* aliases behind aliases */
	RECIPIENT_LOOKUPS_MAX = 2000, /* for one address */
};

enum recipient_result {
	RECIPIENT_ADDED,
	RECIPIENT_UNKNOWN,  /* nobody of that name is listed */
	RECIPIENT_REFUSED,  /* in the words that stand there: `words` */
	RECIPIENT_CLOSE,    /* the session is to end */
	RECIPIENT_TOO_MANY, /* recipients in this transaction */
	RECIPIENT_TROUBLE,  /* ours: see `why` and `error` */
};

struct recipients {
	int mail;           /* the mail directory */
	struct span host;   /* our name */
	size_t most;        /* recipients of a message, behind all aliases */
	bool may_command;   /* `|` lines are allowed */
	bool many_commands; /* more than one in a transaction, too */

	/* Of the last recipient: */
	unsigned wait; /* seconds before it is answered */
	unsigned lookups;
	const char *why; /* what the trouble is, in a few words */
	int error;       /* and its errno, or 0 */
	char words[ACTION_WORDS_MAX + 1];

	struct users users;
};

/* Adds the recipient TO to the envelope, or says why not.  Maildirs that are
 * missing are made. */
enum recipient_result recipient_add(struct recipients *r, struct envelope *e,
    const struct path *to);

/* The same for an address in its parts; it leaves the envelope as it was. */
enum recipient_result recipient_try(struct recipients *r, struct envelope *e,
    const struct users_address *address);

/* The two parts of an alias's target: its domain stands behind the last `@`. */
struct users_address recipient_split(struct span word);

/* Is there a line for this address at all? */
bool recipient_is_listed(struct recipients *r, const struct path *address);

#endif
