/* beneath - whether a path leads through a directory */
#ifndef BENEATH_H
#define BENEATH_H

#include <stdbool.h>

/* True if a name on the way to PATH is looked up in the directory of the
 * descriptor DIR, also through symbolic links: those who may write below DIR
 * can then replace what PATH leads to.  False also if PATH is too long or has
 * too many links: then it leads nowhere. */
bool beneath(const char *path, int dir);

#endif
