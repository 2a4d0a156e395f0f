/* spool - the message that is being received
 *
 * It is written to a temporary file (see maildir.h), synced once, and then
 * linked into Maildirs; delivery_run() calls these functions in the right
 * order. Functions that return an int return -1 with errno set on failure. */
#ifndef SPOOL_H
#define SPOOL_H

#include "base/span.h"
#include "store/maildir.h"

enum {
	SPOOL_BUFFER = 128 * 1024,
	SPOOL_AHEAD = 8 << 20, /* octets before writeback is started */
	SPOOL_ID_MAX = 96,
	SPOOL_BOXES_MAX = 1000, /* Maildirs of a message, as ENVELOPE_MAX */
};

struct spool {
	const struct site *site; /* set by the caller */
	uint64_t messages;       /* started in this session */
	struct maildir_file file;
	int error;     /* errno of the first write that failed, or 0 */
	uint64_t size; /* octets, with the trace lines, line ends as LF */
	size_t fill;
	uint64_t started;            /* octets whose writeback was started */
	char stamp[SPOOL_ID_MAX];    /* SECONDS.MmicrosPpid */
	char random[SPOOL_ID_MAX];   /* _RANDOM */
	char id[SPOOL_ID_MAX];       /* in Received and in the log */
	uint64_t n[SPOOL_BOXES_MAX]; /* n of the name in each Maildir */
	char buffer[SPOOL_BUFFER];
};

/* Starts a message: creates its file in the Maildir BOX, or in the mail
 * directory itself if BOX is NULL. */
int spool_begin(struct spool *s, const char *box);

/* spool_room() returns where the caller may write the next octets, *RET_MAX of
 * them, at least one; spool_put() says that N were written.  The pointer is
 * valid until the next call for the spool.  spool_finish() reports a failed
 * write. */
char *spool_room(struct spool *s, size_t *ret_max);
void spool_put(struct spool *s, size_t n);

/* Writes and syncs the complete message.  0: its octets are on disk. */
int spool_finish(struct spool *s);

/* Returns a new read-only descriptor of the message, at offset 0, which the
 * caller closes. */
int spool_reopen(const struct spool *s);

/* spool_link() links the message into new/ of BOX, the Maildir with index I in
 * the envelope; spool_unlink() removes that link; spool_sync() waits until the
 * names in new/ are on disk. */
int spool_link(struct spool *s, const char *box, size_t i);
void spool_unlink(struct spool *s, const char *box, size_t i);
int spool_sync(const struct spool *s, const char *box);

/* Closes and removes the temporary file; links already made remain. */
void spool_end(struct spool *s);

#endif
