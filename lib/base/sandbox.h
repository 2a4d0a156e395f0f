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
	SANDBOX_STRICT,    /* use what is open already; no exec, no TCP */
	SANDBOX_READ_ONLY, /* and anything else that does not write files */
};

/* From here on the process may read, make and link files below MAIL, an open
 * directory whose path is PATH, and do outside of it what OUTSIDE says; on
 * Linux that holds for what it executes, too.  -1: this system cannot do that
 * (Linux can with Landlock from ABI 2 on; ABI 1 would forbid links from one
 * directory into another; OpenBSD can with pledge() and unveil()). */
int sandbox_enter(int mail, const char *path, enum sandbox_outside outside);

/* If we are root: from here on we are the user and the group that own PATH.
 * -1: errno says why not. */
int sandbox_drop_root(const char *path);

#endif
