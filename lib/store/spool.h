/* spool - the message that is being received
 *
 * It is an anonymous file in the mail directory (O_TMPFILE) or, where there are
 * none, a file in the directory .spool of the mail directory.  It is synced
 * once and then linked into new/ of each Maildir.  It is not renamed, because a
 * rename would silently replace a message of the same name.  Where the session
 * has an exchange with its monitor, a copy is written there.  delivery_run()
 * calls these functions in the right order.  Functions that return an int
 * return -1 with errno set on failure. */
#ifndef SPOOL_H
#define SPOOL_H

#include "base/file.h"
#include "base/span.h"
#include "base/tempfile.h"
#include "store/maildir.h"

enum {
	SPOOL_BUFFER = 128 * 1024,
	SPOOL_AHEAD = 8 << 20, /* octets before writeback is started */
	SPOOL_ID_MAX = TEMPFILE_NAME_MAX,
	SPOOL_GAP = 64, /* octets before the buffer, one is used */
};

struct requests;

struct spool {
	const struct site *site;   /* set by the caller */
	uint64_t deadline;         /* of a session in seconds, by the caller */
	const char *prefix;        /* of names, by the caller, or NULL */
	struct requests *requests; /* by the caller, or NULL */
	uint64_t exchanged;        /* octets in the exchange */
	uint64_t messages;         /* started in this session */
	struct timespec time;      /* when the message began */
	struct tempfile file;
	int error;     /* errno of the first write that failed, or 0 */
	uint64_t size; /* octets, with the trace lines, line ends as LF */
	size_t start;  /* of the octets in `room` */
	size_t fill;
	uint64_t started;          /* octets whose writeback was started */
	char stamp[SPOOL_ID_MAX];  /* SECONDS.MmicrosPpid */
	char random[SPOOL_ID_MAX]; /* _RANDOM */
	char id[SPOOL_ID_MAX]; /* in Received, in the log and in the reply */
	char room[SPOOL_GAP + SPOOL_BUFFER];
};

/* A link of the message in a Maildir. */
struct spool_link {
	uint64_t n;          /* in its name */
	struct file_id file; /* the message, or its copy */
};

/* Starts a message: creates its file. */
int spool_begin(struct spool *s);

/* spool_room() returns where the caller may write the next octets, *RET_MAX of
 * them, at least one; spool_put() says that N were written.  The pointer is
 * valid until the next call for the spool.  spool_finish() reports a failed
 * write. */
char *spool_room(struct spool *s, size_t *ret_max);
void spool_put(struct spool *s, size_t n);

/* Returns the octets from offset AT on.  They must still be in the buffer, as
 * the first SPOOL_BUFFER octets are until spool_room() has no room left. */
struct span spool_since(const struct spool *s, size_t at);

/* Inserts an empty line at the offset AT, once a message, while all octets are
 * still in the buffer. */
void spool_insert_line(struct spool *s, size_t at);

/* Writes and syncs the complete message.  0: its octets are on disk. */
int spool_finish(struct spool *s);

/* Gives the message a name in .spool, with a synced copy of its octets, if it
 * has none: for systems that cannot link an anonymous file.  -1 with errno
 * EEXIST: it has a name already. */
int spool_give_name(struct spool *s);

/* Writes the complete message, without a sync.  Its octets are then in the
 * exchange, too, and the buffer is free. */
int spool_flush(struct spool *s);

/* Puts the first SIZE octets of the exchange in place of the message. */
int spool_replace(struct spool *s, uint64_t size);

/* Appends OCTETS to the exchange, after the message. */
int spool_put_in_exchange(struct spool *s, struct span octets);

/* Links the message into the directory NEW, the new/ of the Maildir BOX, or a
 * synced copy of it if that is on another file system.  *RET describes the link
 * for spool_unlink(), which removes it if it is still the same file.  The names
 * are on disk after a sync of NEW. */
int spool_link(struct spool *s, const char *box, int new,
    struct spool_link *ret);
int spool_unlink(const struct spool *s, int new, const struct spool_link *link);

/* Closes and removes the temporary file; links already made remain. */
void spool_end(struct spool *s);

#endif
