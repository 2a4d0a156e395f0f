/* trial - stores a message in each Maildir as delivery does, and removes it
 *
 * One file is written and synced, then linked into each Maildir under a name of
 * its own that starts with a dot, so mail readers ignore it and several checks
 * at once do not meet. */
#ifndef TRIAL_H
#define TRIAL_H

#include "store/spool.h"

enum {
	TRIAL_SLOTS = 1 << 17,                 /* of the hash table */
	TRIAL_NAMES_MAX = TRIAL_SLOTS / 4 * 3, /* names that are kept */
};

struct trial {
	struct spool spool;
	size_t names;
	uint64_t seen[TRIAL_SLOTS]; /* hashes of names, or 0 */
};

/* Writes the file below the mail directory of SITE.  Returns NULL, or what
 * failed, with errno set. */
const char *trial_begin(struct trial *t, const struct site *site);

/* True if the Maildir BOX was not tried yet.  After TRIAL_NAMES_MAX Maildirs it
 * is true for each. */
bool trial_is_new(struct trial *t, const char *box);

/* Creates what is missing of BOX, links the file into it, syncs, and removes
 * the link.  Returns NULL, or what failed, with errno set, 0 if the text says
 * all. */
const char *trial_maildir(struct trial *t, const char *box);

/* Removes the file. */
void trial_end(struct trial *t);

#endif
