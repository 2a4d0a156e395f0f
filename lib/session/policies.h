/* policies - asks the programs of --policy about each recipient
 *
 * The protocol is Postfix's (SMTPD_POLICY_README): a request is lines of
 * name=value and an empty line, the answer `action=...` and an empty line.  One
 * child of the monitor serves each policy for the whole session. */
#ifndef POLICIES_H
#define POLICIES_H

#include "base/span.h"
#include "smtp/reply.h"

struct session;

/* Starts a transaction: forgets the header fields of the one before. */
void policies_begin(struct session *s);

/* Asks all policies, in order, about the recipient TO, which was just added.
 * Returns REPLY_OK, or the reply that refuses it. */
struct reply policies_ask(struct session *s, struct span to);

#endif
