/* envelope - sender and recipients of a transaction (RFC 5321 2.3.1)
 *
 * It holds copies: the commands that brought them are gone by the time the
 * message has come. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include "listing.h"
#include "path.h"

enum { ENVELOPE_MAX = 1000 }; /* recipients; RFC 5321 4.5.3.1.8 asks for 100 */

struct envelope {
	size_t accepted, refused; /* RCPT commands so far */
	size_t boxes;             /* Maildirs, each once */
	const char *box[ENVELOPE_MAX];
	struct span sender; /* the reverse-path */
	struct span rcpt;   /* the first forward-path, as sent */
	char paths[2][PATH_MAX_OCTETS];
	size_t used; /* octets of names */
	char names[ENVELOPE_MAX * (LISTING_LINE_MAX + 1)];
};

/* Starts a transaction with its reverse-path, and without recipients. */
void envelope_start(struct envelope *e, struct span sender);

/* A recipient whose mail goes to MAILDIR.  The caller has looked that no more
 * than ENVELOPE_MAX are accepted. */
void envelope_add(struct envelope *e, struct span path, const char *maildir);

#endif
