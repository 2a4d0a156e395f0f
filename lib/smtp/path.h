/* path - the reverse-path of MAIL and the forward-path of RCPT
 *
 * RFC 5321 4.1.2 with the letters of RFC 6531 3.3, and with `_` in domains,
 * where the world has it.  The least sizes of RFC 5321 4.5.3.1 are exceeded:
 * PATH_MAX_OCTETS in all, however they are shared out. */
#ifndef PATH_H
#define PATH_H

#include "base/span.h"

enum { PATH_MAX_OCTETS = 1024 };

struct path {
	struct span text;   /* as sent, without brackets and source route */
	struct span local;  /* the local part, as sent: quoted, perhaps */
	struct span domain; /* or address literal; empty in `<Postmaster>` */
	bool ascii;
};

enum path_result {
	PATH_OK,
	PATH_NO_BRACKETS,
	PATH_BAD, /* no address, or longer than PATH_MAX_OCTETS */
};

/* Reads `<...>` off the front of ARG.  The null path `<>` gives an empty text.
 * All spans of *RET_PATH, and *RET_REST behind the bracket, lie within ARG.
 * Only Postmaster is an address without a domain (RFC 5321 4.1.1.3). */
enum path_result path_parse(struct span arg, struct path *ret_path,
    struct span *ret_rest);

bool path_is_null(const struct path *p);
bool path_is_postmaster(const struct path *p);

/* The local part without its quotes and backslashes, in BUFFER. */
struct span path_local(const struct path *p,
    char buffer[static PATH_MAX_OCTETS]);

/* Is it a name that this host may bear: a domain or an address literal? */
bool path_is_host(struct span name);

#endif
