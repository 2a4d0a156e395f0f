/* answer - the replies to the end of the data, and when they are sent */
#ifndef ANSWER_H
#define ANSWER_H

#include "smtp/reply.h"

struct session;

/* Answers the end of the data: FAILED, or the result of the delivery if FAILED
 * is REPLY_OK.  SMTP has one reply for all recipients, which is returned.  LMTP
 * has one for each (RFC 2033 4.2): the last is returned, those before it are
 * sent.  Lines of users.txt may delay a reply, or end the session instead of
 * it. */
struct reply answer_data(struct session *s, struct reply failed);

#endif
