/* spool - the message that is being received, and the promise behind 250
 *
 * It is written to a file that nobody sees, synced once, linked into new/ of
 * every Maildir, and each of these synced: then, and not before, it is stored
 * (RFC 5321 6.1).  Nothing is left behind by anything else. */
#ifndef SPOOL_H
#define SPOOL_H

#include "maildir.h"
#include "span.h"

enum {
	SPOOL_BUFFER = 65536,
	SPOOL_ID_MAX = 96,
	SPOOL_BOXES_MAX = 1000,
};

struct spool {
	int mail;          /* the mail directory, set by the caller */
	struct span host;  /* this host, for the name; set by the caller */
	uint64_t messages; /* begun in this session */
	struct maildir_file file;
	int error;     /* errno of the first write that failed, or 0 */
	uint64_t size; /* octets, with the trace lines, line ends as LF */
	size_t fill;
	char stamp[SPOOL_ID_MAX];    /* SECONDS.MmicrosPpid */
	char random[SPOOL_ID_MAX];   /* _RANDOM */
	char id[SPOOL_ID_MAX];       /* what Received and the log call it */
	uint64_t n[SPOOL_BOXES_MAX]; /* the n of its name in each Maildir */
	char buffer[SPOOL_BUFFER];
};

/* Starts a message in the Maildir BOX.  -1: errno says why. */
int spool_begin(struct spool *s, const char *box);

/* Where its next octets may be put, at least one, and how many were.  A write
 * that fails is remembered, and told by spool_commit(). */
char *spool_room(struct spool *s, size_t *ret_max);
void spool_put(struct spool *s, size_t n);

/* 0: the message is in new/ of each of the N boxes and will be there after a
 * power cut.  -1: none has it, and errno says why.  It is over either way. */
int spool_commit(struct spool *s, const char *const boxes[], size_t n);

/* It is over, and nobody has it. */
void spool_abort(struct spool *s);

#endif
