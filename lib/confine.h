/* confine - the process shuts itself in
 *
 * Apart from os.c the only place that differs from system to system: all of it
 * does. */
#ifndef CONFINE_H
#define CONFINE_H

/* From here on the process may read, make and link files below the open
 * directory MAIL, use what is open already, and nothing else: no other file, no
 * exec, no TCP.  -1: this system cannot do that (Linux can with Landlock from
 * ABI 2 on; ABI 1 would forbid links from one directory into another). */
int confine_to(int mail);

/* If we are root: from here on we are the user and the group that own PATH.
 * -1: errno says why not. */
int confine_to_owner(const char *path);

#endif
