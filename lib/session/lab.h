/* lab - the classroom protocol (--lab)
 *
 * HELO, MAILFROM and RCPTTO are answered in any order and may come again; DATA
 * alone checks that each of them was answered 250.  A refusal of a sender, a
 * recipient or an early DATA is `421 Service Unavailable`, whatever its reason,
 * which the log has. */
#ifndef LAB_H
#define LAB_H

#include "session/session.h"

/* Keeps SENDER, which may come before the recipients or after them. */
void lab_set_sender(struct session *s, struct span sender);

/* Forgets the sender and the recipients, but not HELO. */
void lab_reset(struct session *s);

/* Checks that each of the three was answered 250, so that DATA may begin:
 * REPLY_OK or the reply that refuses it. */
struct reply lab_check_order(struct session *s);

/* The lab's reply in place of R, which refuses a sender or a recipient. */
struct reply lab_refuse(struct reply r);

/* Answers HELP: the syntax of VERB, or all verbs.  Returns REPLY_NONE. */
struct reply lab_help(const struct session *s, struct span verb);

#endif
