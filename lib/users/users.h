/* users - looks up addresses and their actions in users.txt
 *
 * The file has one key per line, followed by its action (entry.h).  It is the
 * only list of addresses: an address that is not in it has no mailbox.  The
 * file stays open for the session.  A lookup reads it from start to end, or by
 * binary search if the first line is `# sorted` (ascending octets of the
 * address, A-Z folded to a-z). */
#ifndef USERS_H
#define USERS_H

#include "users/entry.h"

/* An address in its two parts, without quotes. */
struct users_address {
	struct span local, domain;
};

/* Whether the file has lines of senders. */
enum users_senders {
	USERS_SENDERS_UNKNOWN,
	USERS_SENDERS_NONE,
	USERS_SENDERS_SOME,
};

struct users {
	enum users_senders senders;
	const char *reason; /* reason of a USERS_FAIL, static */
	int error;          /* its errno, or 0 */
	bool catch;         /* by the caller: the last line is `* ./all/` */
	struct userfile list;
};

/* A line that was found: the key as listed, and the parsed action. */
struct users_entry {
	char listed[USERFILE_LINE_MAX + 1];
	uint64_t offset; /* of the line in the file */
	enum key_kind kind;
	bool may_pass; /* for Postmaster: see users_pass() */
	struct action action;
};

/* Opens FILE and reads its first block; without FILE (NULL) the file is empty.
 * Returns 0, or -1 with errno; errno 0 means that FILE is not a regular
 * file. */
int users_open(struct users *u, const char *file);

/* True if a line of the file accepts or answers a recipient.  False: it has no
 * address, or only invalid lines, and the reason is in *U. */
bool users_has_line(struct users *u);

enum users_result {
	USERS_FOUND,
	USERS_NONE,
	USERS_FAIL, /* reading failed, or the line is invalid */
};

/* Looks up ADDRESS: exactly, then without `+tag`, then `@domain`, then `*`.
 * USERS_FOUND: the line is in *RET; USERS_FAIL: the reason is in *U.  An
 * address is not USERS_NONE but USERS_FAIL if the file has no valid line, or if
 * its last line has no end and it was changed less than a minute ago: it may be
 * incomplete.  Postmaster, without a domain or at HOST, is found by its own
 * line, then by `@HOST`, then by `*`, else in the first Maildir of the file
 * (RFC 5321 4.5.1), and is never USERS_NONE. */
enum users_result users_find(struct users *u,
    const struct users_address *address, struct span host,
    struct users_entry *ret);

/* Replaces ENTRY, found for Postmaster, by the line that is next in that order.
 * The caller passes over a line that stores nothing, if it may: that of a whole
 * domain or of everybody.  Results as above. */
enum users_result users_pass(struct users *u, struct span host,
    struct users_entry *entry);

/* Looks up the sender ADDRESS, both of whose parts are empty for the null
 * sender: `from:` with the whole address, then without `+tag`, then
 * `from:@domain`.  A file without such lines is searched once.  If reading
 * fails, the result is USERS_NONE: the next RCPT will fail. */
enum users_result users_find_sender(struct users *u,
    const struct users_address *address, struct users_entry *ret);

/* Returns LOCAL up to the first `+` that is not its first octet; a span into
 * LOCAL. */
struct span users_without_tag(struct span local);

#endif
