/* spool - the message that is being received
 *
 * It is written to an anonymous file (O_TMPFILE), synced once, and then linked
 * into Maildirs; delivery.h says in what order. */
#ifndef SPOOL_H
#define SPOOL_H

#include "base/span.h"
#include "store/maildir.h"

enum {
	SPOOL_BUFFER = 128 * 1024,
	SPOOL_AHEAD = 8 << 20, /* octets that are written to disk at once */
	SPOOL_ID_MAX = 96,
	SPOOL_BOXES_MAX = 1000, /* as ENVELOPE_MAX */
};

struct spool {
	int mail;          /* the mail directory, set by the caller */
	struct span host;  /* this host, for the name; set by the caller */
	uint64_t messages; /* begun in this session */
	struct maildir_file file;
	int error;     /* errno of the first write that failed, or 0 */
	uint64_t size; /* octets, with the trace lines, line ends as LF */
	size_t fill;
	uint64_t started;            /* octets that the disk was told of */
	char stamp[SPOOL_ID_MAX];    /* SECONDS.MmicrosPpid */
	char random[SPOOL_ID_MAX];   /* _RANDOM */
	char id[SPOOL_ID_MAX];       /* what Received and the log call it */
	uint64_t n[SPOOL_BOXES_MAX]; /* the n of its name in each Maildir */
	char buffer[SPOOL_BUFFER];
};

/* Starts a message in the Maildir BOX, or in the mail directory itself if it is
 * NULL.  -1: errno says why. */
int spool_begin(struct spool *s, const char *box);

/* Where its next octets may be put, at least one, and how many were.  A write
 * that fails is remembered, and told by spool_finish(). */
char *spool_room(struct spool *s, size_t *ret_max);
void spool_put(struct spool *s, size_t n);

/* The message is whole.  0: its octets are on disk; -1: errno says why not. */
int spool_finish(struct spool *s);

/* A descriptor to read it from its start, which cannot change it. */
int spool_reopen(const struct spool *s);

/* Links it into new/ of BOX, which is number I of the envelope; the other way
 * round; and waits until the names there are on disk. */
int spool_link(struct spool *s, const char *box, size_t i);
void spool_unlink(struct spool *s, const char *box, size_t i);
int spool_sync(const struct spool *s, const char *box);

/* Closes and removes the temporary file; links already made remain. */
void spool_end(struct spool *s);

#endif
