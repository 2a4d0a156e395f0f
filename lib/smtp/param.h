/* param - parser for the parameters after a path: `SIZE=1000 BODY=8BITMIME`
 *
 * RFC 5321 4.1.2, with SIZE of RFC 1870, BODY of RFC 6152, SMTPUTF8 of
 * RFC 6531 and AUTH of RFC 4954 5. */
#ifndef PARAM_H
#define PARAM_H

#include "base/span.h"

enum param_result {
	PARAM_OK,
	PARAM_UNKNOWN,
	PARAM_BAD, /* given twice, or with a bad value */
};

/* The parameters of MAIL. */
struct mail_params {
	bool has_size, has_body, utf8;
	uint64_t size; /* octets that the client declares */
	bool has_auth;
};

/* Parses REST, the text after the path of MAIL, with blanks before each
 * parameter.  AUTH: the one of that name is known.  PARAM_OK: the parameters
 * are in *RET, all zero if there is none.  Else *RET is unchanged. */
enum param_result param_parse_mail(struct span rest, bool auth,
    struct mail_params *ret);

/* Does the same where no parameter is allowed: for RCPT, and for MAIL after
 * HELO. */
enum param_result param_parse_none(struct span rest);

#endif
