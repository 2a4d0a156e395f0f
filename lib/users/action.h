/* action - parses the action of a users.txt line
 *
 *     address                       stores in the Maildir of that name
 *     address ./dir/                stores in that Maildir
 *     address other@example.org ... alias for these addresses
 *     address |/path/to/command ... runs a command
 *     address ||/path/to/command .. runs it once for all its recipients
 *     address 452 4.2.2 words       refuses at RCPT with this reply
 *     address data 451 4.3.0 words  refuses after the data
 *     address 421 words             the same, and ends the session
 *     address wait 5 ...            replies after 5 seconds
 *     address data wait 5 ...       replies to the data after 5 seconds
 *     address close                 ends the session
 *     address data close            ends it after the data, without a reply
 *     address data close ./dir/     the same, but stores the message first
 *     address discard               accepts, and stores nothing */
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
	ACTION_REFUSE,  /* these two: code, enhanced code and words; after a
	                   code of 421 the session ends */
	ACTION_REFUSE_DATA,
	ACTION_CLOSE,
	ACTION_DISCARD,
	ACTION_DROP,  /* store nothing, and end the session after the data */
	ACTION_GO_ON, /* of a sender: nothing but `wait` */
};

struct action {
	enum action_kind kind;
	unsigned wait;      /* seconds before the reply to MAIL or RCPT */
	unsigned data_wait; /* seconds before the reply to the data */
	bool data_close;    /* end the session instead of that reply */
	bool for_all;       /* `||`: run once for all recipients of a message */
	char text[USERFILE_LINE_MAX + 1];
};

/* Parses WORDS as a refusal as in a line, and adds it to RET with its enhanced
 * code, x.0.0 if it has none.  Returns NULL, or a static string that says why
 * it is invalid. */
struct text;
const char *action_refusal(struct span words, struct text *ret);

/* True if WORDS are a refusal as in a line, with its enhanced code.  *RET is
 * then the text that the line would have. */
bool action_is_refusal(struct span words,
    char ret[static ACTION_WORDS_MAX + 1]);

/* Parses the action of LINE into *RET.  Returns NULL, or a static string that
 * says why the line is invalid. */
const char *action_of(const struct userfile_line *line, struct action *ret);

/* The same for the line of a sender, whose action is a refusal at MAIL, `wait`,
 * or `close`. */
const char *action_of_sender(const struct userfile_line *line,
    struct action *ret);

#endif
