/* sandbox - restricts the process: Landlock on Linux, pledge() and unveil() on
 * OpenBSD */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Protects the memory of the process: no debugger of the same user, no core
 * file.  A program that it executes is not protected, but starts with a core
 * limit of 0. */
void sandbox_memory(void);

/* What the process may still do outside the mail directory. */
enum sandbox_outside {
	SANDBOX_STRICT,    /* use open descriptors; no exec, no TCP */
	SANDBOX_WRITING,   /* the same, and no files of MAIL are read */
	SANDBOX_READ_ONLY, /* also all that does not write files */
};

/* Restricts the process to reading, creating, linking and removing files below
 * MAIL, an open directory whose path is PATH, and to what OUTSIDE allows
 * elsewhere.  On Linux the programs that it executes inherit the restriction.
 * Returns 0, or -1 if this system cannot do that.  Linux needs Landlock ABI 2
 * (ABI 1 would forbid links from one directory into another); OpenBSD uses
 * pledge() and unveil(). */
int sandbox_enter(int mail, const char *path, enum sandbox_outside outside);

/* If the process runs as root, changes to the user and the group that own PATH.
 * Returns 0, or -1 with errno. */
int sandbox_drop_root(const char *path);

#endif
