/* param - the parameters behind a path: `SIZE=1000 BODY=8BITMIME`
 *
 * RFC 5321 4.1.2, with SIZE of RFC 1870, BODY of RFC 6152 and
 * SMTPUTF8 of RFC 6531. */
#ifndef PARAM_H
#define PARAM_H

#include "base/span.h"

enum param_result {
	PARAM_OK,
	PARAM_UNKNOWN,
	PARAM_BAD, /* given twice, or with a bad value */
};

/* What MAIL may say. */
struct mail_params {
	bool has_size, has_body, utf8;
	uint64_t size; /* octets that the client means to send */
};

/* Reads what stands behind the path, with blanks in front of each, into *RET,
 * which is all zero if nothing does. */
enum param_result param_parse_mail(struct span rest, struct mail_params *ret);

/* The same where no parameter is known: behind RCPT, and after HELO. */
enum param_result param_parse_none(struct span rest);

#endif
