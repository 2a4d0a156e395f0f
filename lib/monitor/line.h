/* line - runs the command of a line of users.txt */
#ifndef LINE_H
#define LINE_H

struct answer;
struct monitor;

/* Runs the command of m->request (REQUEST_RUN), if the line of its recipient
 * starts at its offset.  The answer has ESTALE if it does not: the file was
 * changed; EPERM if a session could replace the program. */
void line_run(struct monitor *m, struct answer *ret);

#endif
