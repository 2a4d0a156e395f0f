/* action - parses the action of a users.txt line
 *
 *     address                       stores in the Maildir of that name
 *     address ./dir/                stores in that Maildir
 *     address other@example.org ... alias for these addresses
 *     address |/path/to/command ... runs a command
 *     address 452 4.2.2 words       refuses at RCPT with this reply
 *     address data 451 4.3.0 words  refuses after the data
 *     address wait 5 ...            replies after 5 seconds
 *     address close                 ends the session */
#ifndef ACTION_H
#define ACTION_H

#include "users/userfile.h"

enum {
	ACTION_WAIT_MAX = 60,   /* seconds */
	ACTION_WORDS_MAX = 400, /* octets of a refusal, including its codes */
};

enum action_kind {
	ACTION_MAILDIR, /* text: path below the mail directory, no `..` */
	ACTION_ALIAS,   /* text: addresses, separated by spaces */
	ACTION_COMMAND, /* text: its argv, separated by spaces */
	ACTION_REFUSE,  /* these two: code, enhanced code and words */
	ACTION_REFUSE_DATA,
	ACTION_CLOSE,
};

struct action {
	enum action_kind kind;
	unsigned wait; /* seconds */
	char text[USERFILE_LINE_MAX + 1];
};

/* Parses the action of LINE into *RET.  Returns NULL, or a static string that
 * says why the line is invalid. */
const char *action_of(const struct userfile_line *line, struct action *ret);

#endif
