/* lab - the classroom protocol (--lab)
 *
 * HELO, MAILFROM and RCPTTO are accepted in any order and can be repeated; only
 * DATA checks that each of them was answered 250.  A refused sender or
 * recipient, or an early DATA, gets `421 Service Unavailable` for any reason;
 * the log has the reason. */
#ifndef LAB_H
#define LAB_H

#include "session/session.h"

/* Copies SENDER to the envelope, before or after the recipients. */
void lab_set_sender(struct session *s, struct span sender);

/* Removes the sender and the recipients; HELO remains valid. */
void lab_reset(struct session *s);

/* Checks for DATA that HELO, MAILFROM and RCPTTO were answered 250.  Returns
 * REPLY_OK, or the reply that refuses DATA. */
struct reply lab_check_order(struct session *s);

/* Returns the reply to send in place of R, which refuses a sender or a
 * recipient: REPLY_LAB_REFUSED with a reason for the log. */
struct reply lab_refuse(struct reply r);

/* Answers HELP: sends the syntax of VERB, or the list of verbs.  Returns
 * REPLY_NONE. */
struct reply lab_help(struct session *s, struct span verb);

#endif
