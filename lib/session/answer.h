/* answer - the replies to the end of the data, and when they are sent */
#ifndef ANSWER_H
#define ANSWER_H

#include "smtp/reply.h"
#include "store/recipient.h"

struct session;

/* Answers the end of the data: FAILED, or the result of the delivery if FAILED
 * is REPLY_OK.  SMTP has one reply for all recipients, which is returned.  LMTP
 * has one for each (RFC 2033 4.2): the last is returned, those before it are
 * sent.  Lines of users.txt may delay a reply, or end the session instead of
 * it. */
struct reply answer_data(struct session *s, struct reply failed);

/* Answers the look-up of a sender or a recipient with the result RESULT.  An
 * address that is not in users.txt is rejected, whatever its domain: the
 * program never relays.  A local failure gets a temporary error, so that the
 * client keeps the mail. */
struct reply answer_lookup(struct session *s, enum recipient_result result);

#endif
