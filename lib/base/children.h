/* children - all processes that a process started, and those that they started
 *
 * Linux only; elsewhere a process knows just its own children. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on a descendant whose parent ends becomes a child of this
 * process. */
void children_adopt(void);

/* Kills all children of this process (SIGKILL).  Theirs become its children
 * when they end: repeat it until there is no child. */
void children_kill(void);

/* Lets the system send SIG to this process when PARENT ends, which started it.
 * False: PARENT has ended already. */
bool children_end_with(pid_t parent, int sig);

#endif
