/* seccomp - limits the process to the system calls of a session (Linux)
 *
 * For a process that opens files below the mail directory, reads, writes, waits
 * and logs.  It cannot make sockets, execute, fork, signal, trace, change modes
 * or seek, and an argument decides on fcntl(), sendto() and mmap(). */
#ifndef SECCOMP_H
#define SECCOMP_H

/* Installs the list, which cannot be removed.  Any other call fails with
 * ENOSYS.  The process needs PR_SET_NO_NEW_PRIVS, which sandbox_enter() sets.
 * Returns 0, or -1 with errno.  It does nothing on machines other than x86-64
 * and aarch64, on other systems, and in programs with a sanitizer, which need
 * more calls. */
int seccomp_enter(void);

#endif
