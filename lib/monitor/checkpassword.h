/* checkpassword - checks a password by a program of --auth
 *
 * The interface of checkpassword: the program reads user, password and an empty
 * timestamp, each with a NUL, from descriptor 3, and exits with 0 if the
 * password is right, with 1 if it is not, with anything else if it cannot
 * tell. */
#ifndef CHECKPASSWORD_H
#define CHECKPASSWORD_H

struct answer;
struct monitor;

/* Checks user and password of m->request, which is wiped.  The exit code is in
 * *RET.  After a failure it waits a second.  A success is kept in m->user. */
void checkpassword_run(struct monitor *m, struct answer *ret);

#endif
