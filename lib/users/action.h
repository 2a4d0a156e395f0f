/* action - parses the action of a users.txt line
 *
 *     address                       a Maildir of that name
 *     address ./dir/                that Maildir
 *     address other@example.org ... these other addresses
 *     address |/path/to/command ... a command
 *     address 452 4.2.2 words       refused at RCPT, in these words
 *     address data 451 4.3.0 words  refused after the data
 *     address wait 5 ...            answered after 5 seconds
 *     address close                 the end of the session */
#ifndef ACTION_H
#define ACTION_H

#include "users/userfile.h"

enum {
	ACTION_WAIT_MAX = 60,   /* seconds */
	ACTION_WORDS_MAX = 400, /* octets of a refusal, with its codes */
};

enum action_kind {
	ACTION_MAILDIR, /* text: its path below the mail directory, no `..` */
	ACTION_ALIAS,   /* text: addresses, with blanks between */
	ACTION_COMMAND, /* text: its argv, with blanks between */
	ACTION_REFUSE,  /* text: code, enhanced code and words; these two */
	ACTION_REFUSE_DATA,
	ACTION_CLOSE,
};

struct action {
	enum action_kind kind;
	unsigned wait; /* seconds */
	char text[USERFILE_LINE_MAX + 1];
};

/* NULL: *RET is what LINE says; else, in a few words, why it is invalid. */
const char *action_of(const struct userfile_line *line, struct action *ret);

#endif
