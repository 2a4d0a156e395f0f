/* maildir - Maildirs, by their name below the mail directory
 *
 * A message is written to an anonymous file (O_TMPFILE), or to a file in tmp/,
 * and then linked into new/ of each Maildir.  It is not renamed, because a
 * rename would silently replace a message of the same name.  MAIL is the
 * descriptor of the mail directory.  BOX is the name of a Maildir below it, as
 * in users.txt, without `..`.  Functions that return an int return -1 with
 * errno set on failure. */
#ifndef MAILDIR_H
#define MAILDIR_H

#include <sys/types.h>

#include "base/span.h"

enum { MAILDIR_NAME_MAX = 400 }; /* of a message: id, host name, size */

/* This host, as the session and all parts of the store know it. */
struct site {
	int mail;         /* descriptor of the mail directory */
	struct span host; /* name of this host */
};

/* Opens the mail directory PATH as *RET_MAIL, which the caller closes.  The
 * last component of PATH is created if it is missing.  -1 also if the directory
 * is not writable. */
int maildir_root(const char *path, int *ret_mail);

/* Creates BOX if it is missing, syncs it, and checks that its tmp/ and new/ are
 * writable. */
int maildir_ready(int mail, const char *box);

/* A message file that is being written. */
struct maildir_file {
	int fd;
	bool named; /* its name is `tmp`, because O_TMPFILE is unsupported */
	char tmp[4096];
};

/* Creates a file in tmp/ of BOX, or in the mail directory itself if BOX is
 * NULL. NAME is used only if the file needs a name.  maildir_close() closes the
 * file, removes that name and keeps errno.  `fd` is -1 after it, and after a
 * failure. */
int maildir_create(int mail, const char *box, const char *name,
    struct maildir_file *ret);
void maildir_close(int mail, struct maildir_file *f);

/* Returns a new read-only descriptor of the file, at offset 0, which the caller
 * closes. */
int maildir_reopen(int mail, const struct maildir_file *f);

/* maildir_link() links the file as NAME into new/ of BOX; maildir_unlink()
 * removes that link.  EXDEV: BOX is on another file system; EEXIST: a message
 * of that name exists. */
int maildir_link(int mail, const struct maildir_file *f, const char *box,
    const char *name);
int maildir_unlink(int mail, const char *box, const char *name);

/* Syncs new/ of BOX: on return the names in it are on disk. */
int maildir_sync(int mail, const char *box);

#endif
