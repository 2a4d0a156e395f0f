/* delivery - delivers a complete message to its recipients before the reply
 *
 * SMTP has one reply for all recipients, so delivery is all or nothing; in
 * LMTP each recipient has its own reply (RFC 2033 4.2).  After success the
 * complete message is in new/ of each Maildir, its octets and its name are on
 * disk (RFC 5321 6.1), and each command has exited with 0.  Nothing is stored
 * for a recipient that discards.  A message whose delivery fails for all
 * recipients of a Maildir is not left there. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "store/copy.h"
#include "store/envelope.h"
#include "store/runner.h"
#include "store/spool.h"

enum delivery_result {
	DELIVERY_DONE,
	DELIVERY_REFUSED,         /* by users.txt: see `words` */
	DELIVERY_FAILED,          /* storage failure: see `error` */
	DELIVERY_COMMAND_REFUSES, /* permanently: see `command`, `status`, */
	DELIVERY_COMMAND_FAILS,   /* `error`, and `words` if not NULL */
	DELIVERY_FILTER_REFUSES,  /* permanently: see `status`, `error`, */
	DELIVERY_FILTER_FAILS,    /* `words` if not NULL, and `reason` */
	DELIVERY_DROPPED, /* by users.txt, which also closes the session */
};

struct delivery_outcome {
	enum delivery_result result;
	unsigned wait; /* seconds before the reply */
	bool close;    /* end the session instead of the reply */
	const char *words;
	const char *reason; /* or NULL */
	int error;          /* errno */
	const char *box;    /* the Maildir that failed, or NULL */
	const struct envelope_command *command;
	int status; /* as in struct runner_outcome */
};

/* The result of a command of the envelope. */
struct delivery_command {
	bool ran;
	struct runner_outcome outcome;
};

struct delivery {
	bool per_recipient; /* one outcome for each recipient (LMTP) */
	unsigned seconds;   /* time limit of all commands together */
	int64_t deadline;   /* when none is begun, as in os_monotonic_ms() */
	bool filter;        /* --filter is given */
	/* The client's name and the protocol as in Received, for commands. */
	struct span helo, protocol;

	/* Results: one for each recipient, or the first one for all. */
	struct delivery_outcome outcome[ENVELOPE_MAX];
	size_t outcomes;
	size_t answered; /* RCPTs up to the one that ends the session */

	struct runner_outcome filtered;
	struct delivery_command command[ENVELOPE_MAX];
	struct copy box[ENVELOPE_MAX];
};

/* Delivers the message in S, all of whose octets were put there, to the
 * recipients of E, and ends the spool.  If the filter drops the message, E then
 * says that its recipients discard it.  The results are in d->outcome[] until
 * the next call. */
void delivery_run(struct delivery *d, struct envelope *e, struct spool *s);

#endif
