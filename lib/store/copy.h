/* copy - a message in one Maildir of the envelope
 *
 * I is the index of the Maildir.  Its new/ is opened each time, and is used
 * only if it is still the directory that RCPT saw. */
#ifndef COPY_H
#define COPY_H

#include "store/spool.h"

struct envelope;

struct copy {
	bool linked, wanted;
	int error; /* errno, or 0 */
	struct spool_link link;
};

/* Links the message in S into new/.  The result is in *C. */
void copy_link(struct copy *c, const struct envelope *e, struct spool *s,
    size_t i);

/* Syncs the names in new/.  -1: failure, with errno. */
int copy_sync(const struct envelope *e, const struct spool *s, size_t i);

/* Removes the link, if it is still the message.  A failure is logged, and the
 * copy is then not linked: there is nothing to sync. */
void copy_take_back(struct copy *c, const struct envelope *e,
    const struct spool *s, size_t i);

#endif
