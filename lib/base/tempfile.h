/* tempfile - a temporary file, such as that of a message
 *
 * It is anonymous (O_TMPFILE) where the system supports that.  Elsewhere it has
 * a name in the directory .spool of the mail directory, which only this user
 * may write, or in another directory.  Functions that return an int return -1
 * with errno set on failure. */
#ifndef TEMPFILE_H
#define TEMPFILE_H

#include <time.h>

#include "base/file.h"

enum {
	TEMPFILE_NAME_MAX = 96,     /* octets, with NUL */
	TEMPFILE_STALE = 36 * 3600, /* seconds */
};

struct tempfile {
	int fd;  /* -1: closed */
	int dir; /* of the name; -1: the file is anonymous */
	struct file_id id;
	char name[TEMPFILE_NAME_MAX];
};

/* Creates an anonymous file in the directory DIR.  MODE is O_RDWR or O_WRONLY,
 * here and below.  EOPNOTSUPP: the system has none, or cannot link them. */
int tempfile_create(struct tempfile *f, int dir, int mode);

/* Creates the file NAME in the directory DIR, which F then owns: it is closed
 * on failure, too. */
int tempfile_create_named(struct tempfile *f, int dir, const char *name,
    int mode);

/* Creates the file NAME in .spool of the mail directory MAIL.  Removes files
 * there that were last written before OLDEST. */
int tempfile_create_in_spool(struct tempfile *f, int mail, const char *name,
    time_t oldest, int mode);

/* Creates a file that never gets a name, with the mail directory MAIL, and
 * returns its descriptor for reading and writing.  If RET_READER is not NULL,
 * *RET_READER becomes a read-only one, at offset 0.  The caller closes them. */
int tempfile_scratch(int mail, int *ret_reader);

/* Links F as NAME into the directory DIR.  EEXIST: the name is used.  ESTALE:
 * the file was replaced; there is no link. */
int tempfile_link(const struct tempfile *f, int dir, const char *name);

/* Closes F and removes its name.  Keeps errno. */
void tempfile_discard(struct tempfile *f);

#endif
