/* unnamed - files that nobody sees before they get a name
 *
 * Linux has them (O_TMPFILE), on most of its file systems. */
#ifndef UNNAMED_H
#define UNNAMED_H

/* A new file without a name in the directory PATH below DIR, and the call that
 * gives it one.  -1 with EOPNOTSUPP where there is no such thing, EISDIR from a
 * kernel that has never heard of it. */
int unnamed_open(int dir, const char *path);
int unnamed_link(int fd, int dir, const char *to);

/* Another descriptor for such a file, at its start, which can only read. */
int unnamed_reopen(int fd);

#endif
