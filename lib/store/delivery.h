/* delivery - a finished message reaches its recipients: the promise behind 250
 *
 * In SMTP one answer is given for all of them, so that it is all or nothing; in
 * LMTP each has its own (RFC 2033 4.2).  What is answered yes is in new/ of
 * each Maildir, whole, its octets and its name on disk (RFC 5321 6.1), and has
 * been taken by each command.  What is answered no is in nobody's. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "store/command.h"
#include "store/envelope.h"

struct spool;

enum delivery_result {
	DELIVERY_DONE,
	DELIVERY_REFUSED,         /* in the words of users.txt: `words` */
	DELIVERY_FAILED,          /* to be stored: `error` */
	DELIVERY_COMMAND_REFUSES, /* for good: `status` of `command` */
	DELIVERY_COMMAND_FAILS,
};

struct delivery_outcome {
	enum delivery_result result;
	const char *words;
	int error; /* errno */
	const struct envelope_command *command;
	int status; /* as of command_run() */
};

/* What became of a command of the envelope. */
struct delivery_command {
	bool ran;
	int error; /* errno, if it could not be given the message, or 0 */
	enum command_result result;
	int status;
};

struct delivery {
	bool each;        /* answer for each recipient, as LMTP does */
	unsigned seconds; /* that a command has */
	int log;          /* descriptor for what commands say, or -1 */

	/* Afterwards, for each recipient, or the first one for all: */
	struct delivery_outcome outcome[ENVELOPE_MAX];
	size_t outcomes;

	struct delivery_command command[ENVELOPE_MAX];
	bool linked[ENVELOPE_MAX], wanted[ENVELOPE_MAX];
	int box_error[ENVELOPE_MAX];
};

/* Delivers the message in the spool, all of whose octets were put there, and
 * ends it. */
void delivery_run(struct delivery *d, const struct envelope *e,
    struct spool *s);

#endif
