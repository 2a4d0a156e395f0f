/* header - recognises the first header field of a message (RFC 5322 2.2) */
#ifndef HEADER_H
#define HEADER_H

#include "base/span.h"

enum { HEADER_LINE_MAX = 998 }; /* octets, RFC 5322 2.1.1 */

enum header_result {
	HEADER_OK,      /* a message may start so */
	HEADER_MISSING, /* the first line would be read as part of our fields */
	HEADER_MORE,    /* more octets are needed */
};

/* Checks the first line of a message, which starts with MESSAGE; ENDED: that is
 * all of it.  A message may be empty, or start with an empty line, `From ` or a
 * header field: octets from 33 to 126 except the colon, optional blanks, and a
 * colon, all within the first HEADER_LINE_MAX octets.  Lines end with LF. */
enum header_result header_check(struct span message, bool ended);

#endif
