/* maildir - Maildirs, by their name below the mail directory
 *
 * A Maildir is opened at RCPT, and its new/ is identified by device and inode
 * from then on: a directory that takes its place later is not used.  No
 * component of its name may be a symbolic link.  MAIL is the descriptor of the
 * mail directory.  BOX is the name of a Maildir below it, as in users.txt,
 * without `..`.  Functions that return an int return -1 with errno set on
 * failure. */
#ifndef MAILDIR_H
#define MAILDIR_H

#include "base/file.h"
#include "base/span.h"

/* This host, as the session and all parts of the store know it. */
struct site {
	int mail;         /* descriptor of the mail directory */
	struct span host; /* name of this host */
};

/* Opens the mail directory PATH as *RET_MAIL, which the caller closes.  The
 * last component of PATH is created if it is missing.  -1 also if the directory
 * is not writable. */
int maildir_root(const char *path, int *ret_mail);

/* Creates what is missing of BOX and syncs it, checks that its new/ is readable
 * and writable, and stores the identity of new/ in *RET.  ELOOP: BOX or a part
 * of it is a symbolic link. */
int maildir_ready(int mail, const char *box, struct file_id *ret);

/* Returns the reason for the errno ERROR of maildir_ready() where strerror()
 * would mislead, else NULL. */
const char *maildir_reason(int error);

/* Opens new/ of BOX, which must be the directory ID.  Returns the descriptor,
 * which the caller closes.  ESTALE: it is another directory now. */
int maildir_open(int mail, const char *box, const struct file_id *id);

/* Opens tmp/ of BOX.  Returns the descriptor, which the caller closes. */
int maildir_open_tmp(int mail, const char *box);

#endif
