/* meaning - what a line of users.txt says shall happen to the mail
 *
 *     address                       a Maildir of that name
 *     address ./dir/                that Maildir
 *     address other@example.org ... these other addresses
 *     address |/path/to/command ... a command
 *     address 452 4.2.2 words       refused at RCPT, in these words
 *     address data 451 4.3.0 words  refused after the data
 *     address wait 5 ...            answered after 5 seconds
 *     address close                 the end of the session */
#ifndef MEANING_H
#define MEANING_H

#include "users/listing.h"

enum {
	MEANING_WAIT_MAX = 60,   /* seconds */
	MEANING_WORDS_MAX = 400, /* octets of a refusal, with its codes */
};

enum meaning_kind {
	MEANING_MAILDIR, /* text: its path below the mail directory, no `..` */
	MEANING_ALIAS,   /* text: addresses, with blanks between */
	MEANING_COMMAND, /* text: its argv, with blanks between */
	MEANING_REFUSE,  /* text: code, enhanced code and words; these two */
	MEANING_REFUSE_DATA,
	MEANING_CLOSE,
};

struct meaning {
	enum meaning_kind kind;
	unsigned wait; /* seconds */
	char text[LISTING_LINE_MAX + 1];
};

/* NULL: *RET is what LINE says; else, in a few words, why it means nothing. */
const char *meaning_of(const struct listing_line *line, struct meaning *ret);

#endif
