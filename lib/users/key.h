/* key - parses the key of a users.txt line: whom its action is for
 *
 *     local-part@domain   one address
 *     postmaster          Postmaster without a domain
 *     @domain             all other addresses at a domain
 *     *                   everybody else
 *     from:local-part@domain, from:@domain, from:<>
 *                         a sender, a domain of senders, the null sender */
#ifndef KEY_H
#define KEY_H

#include "base/span.h"

#define KEY_EVERYBODY_WORD "*"
#define KEY_SENDER_PREFIX  "from:"

enum key_kind {
	KEY_ADDRESS, /* also postmaster */
	KEY_DOMAIN,
	KEY_EVERYBODY,
	KEY_SENDER,
};

/* Parses KEY, which is not empty, into *RET.  Returns NULL, or a static string
 * that says why it is invalid and what to write instead. */
const char *key_parse(struct span key, enum key_kind *ret);

/* The same for the target of an alias: an address, @domain or postmaster. */
const char *key_parse_target(struct span word);

/* True if LOCAL is a local part that no line can list, because it would be read
 * as a sender. */
bool key_is_like_sender(struct span local);

#endif
