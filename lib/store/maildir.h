/* maildir - Maildirs, by their name below the mail directory
 *
 * A message is written to an anonymous file (O_TMPFILE) and linked into new/ of
 * each Maildir: link and not rename, which would replace a message in silence.
 * MAIL is the descriptor of the mail directory, BOX the name of a Maildir below
 * it, without `..` and as users.txt has it.  -1: errno says why. */
#ifndef MAILDIR_H
#define MAILDIR_H

#include <stdbool.h>
#include <sys/types.h>

enum { MAILDIR_NAME_MAX = 400 }; /* of a message: its id, our name, its size */

/* Opens the mail directory; its last component is made if it is missing. */
int maildir_root(const char *path, int *ret_mail);

/* Makes BOX where it is missing, durably, and looks whether it can be used. */
int maildir_ready(int mail, const char *box);

/* A file that is being written in tmp/ of a Maildir. */
struct maildir_file {
	int fd;
	bool named; /* it has the name `tmp`: the system has no other way */
	char tmp[4096];
};

/* Makes one in BOX, or in the mail directory itself if BOX is NULL; where it
 * needs a name, that is NAME.  `fd` is -1 after it failed and after
 * maildir_close(), which leaves no trace of it in tmp/. */
int maildir_create(int mail, const char *box, const char *name,
    struct maildir_file *ret);
void maildir_close(int mail, struct maildir_file *f);

/* Another descriptor for the file, at its start, which can only read. */
int maildir_reopen(int mail, const struct maildir_file *f);

/* Gives the file the name NAME in new/ of BOX.  EXDEV: BOX is on another file
 * system; EEXIST: there is a message of that name. */
int maildir_link(int mail, const struct maildir_file *f, const char *box,
    const char *name);
int maildir_unlink(int mail, const char *box, const char *name);

/* Returns when the names in new/ of BOX are on disk. */
int maildir_sync(int mail, const char *box);

#endif
