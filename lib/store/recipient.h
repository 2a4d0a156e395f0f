/* recipient - resolves a recipient address, with its aliases
 *
 * Follows the lines of users.txt to Maildirs, commands and refusals, and adds
 * them to the envelope.  All or nothing: if one target of an alias fails, none
 * of its targets is added. */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include "users/users.h"

struct envelope;
struct path;
struct site;

enum {
	RECIPIENT_DEPTH_MAX = 10,     /* nested aliases */
	RECIPIENT_LOOKUPS_MAX = 2000, /* for one recipient */
};

/* The reason for a command whose program a session could replace. */
#define RECIPIENT_REPLACEABLE                                                  \
	"the program of a command must not lie below the mail directory"

enum recipient_result {
	RECIPIENT_ADDED,    /* or, of a sender, accepted */
	RECIPIENT_UNKNOWN,  /* the address is not in users.txt */
	RECIPIENT_REFUSED,  /* by its line of users.txt: see `words` */
	RECIPIENT_CLOSE,    /* the session must end */
	RECIPIENT_TOO_MANY, /* a limit of the transaction is exceeded */
	RECIPIENT_NO_ROOM,  /* for a message of `size` octets in a Maildir */
	RECIPIENT_FAILED,   /* local failure: see `reason` and `error` */
};

struct recipients {
	const struct site *site;
	size_t max;         /* targets of a message, after all aliases */
	bool may_command;   /* `|` lines are allowed, */
	bool auth_required; /* also for `*` */
	uint64_t size;      /* announced octets of the message, 0: unknown */

	/* Results for the last recipient. */
	unsigned wait; /* seconds to wait before the reply */
	unsigned lookups;
	unsigned stores;    /* Maildirs and commands that were met */
	unsigned losses;    /* `data` refusals and `data close` that were met */
	const char *reason; /* reason of the failure */
	int error;          /* errno of the failure, or 0 */
	char words[ACTION_WORDS_MAX + 1];

	struct users users;
};

/* Adds the recipient TO to the envelope E and creates missing Maildirs.  On any
 * result but RECIPIENT_ADDED the envelope is unchanged.  The results in R are
 * valid until the next call. */
enum recipient_result recipient_add(struct recipients *r, struct envelope *e,
    const struct path *to);

/* The same for an address in its parts, but the envelope is always
 * unchanged. */
enum recipient_result recipient_try(struct recipients *r, struct envelope *e,
    const struct users_address *address);

/* Applies the `from:` line of the sender FROM, if there is one, with the
 * results as above.  RECIPIENT_ADDED: the sender is accepted. */
enum recipient_result recipient_check_sender(struct recipients *r,
    const struct path *from);

/* Splits the target of an alias at its last `@`.  Without one the domain is
 * empty.  The result points into WORD. */
struct users_address recipient_split(struct span word);

/* Returns whether users.txt has a line for ADDRESS. */
bool recipient_is_listed(struct recipients *r, const struct path *address);

#endif
