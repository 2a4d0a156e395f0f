/* users - who has a mailbox here, and what happens to its mail
 *
 * One address a line, followed by its action (action.h).  An address that is
 * not in it has no mailbox: no other list of addresses exists.  The
 * file stays open for the session and is read from one end to the other, or by
 * halving if its first line is `# sorted` (ascending octets of the address, A-Z
 * folded to a-z). */
#ifndef USERS_H
#define USERS_H

#include "users/action.h"

/* An address in its two parts, without quotes. */
struct users_address {
	struct span local, domain;
};

struct users {
	const char *why; /* behind a USERS_FAIL, in a few words */
	int error;       /* and the errno, or 0 */
	struct userfile list;
};

/* A line that was found: the address as it stands there, and what it means. */
struct users_entry {
	char listed[USERFILE_LINE_MAX + 1];
	struct action meaning;
};

/* Opens FILE and reads its first block.  -1: errno says why, and 0 that it is
 * not a regular file. */
int users_open(struct users *u, const char *file);

enum users_result {
	USERS_FOUND,
	USERS_NONE,
	USERS_FAIL, /* the file failed, or the line is invalid */
};

/* Looks up ADDRESS: exactly, then without `+tag`, then `@domain`.  Postmaster,
 * bare or at HOST, is always found, if need be in the first Maildir of the file
 * (RFC 5321 4.5.1). */
enum users_result users_find(struct users *u,
    const struct users_address *address, struct span host,
    struct users_entry *ret);

/* Up to the first `+` that is not at the start. */
struct span users_without_tag(struct span local);

#endif
