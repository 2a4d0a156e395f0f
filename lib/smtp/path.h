/* path - parser for the reverse-path of MAIL and the forward-path of RCPT
 *
 * RFC 5321 4.1.2 with the UTF-8 of RFC 6531 3.3, and with `_` in domains, which
 * is in common use.  The only size limit is PATH_MAX_OCTETS for the whole
 * address, above the minimum sizes of RFC 5321 4.5.3.1. */
#ifndef PATH_H
#define PATH_H

#include "base/span.h"

enum { PATH_MAX_OCTETS = 1024 };

struct path {
	struct span text;   /* as sent, without brackets and source route */
	struct span local;  /* the local part as sent, maybe quoted */
	struct span domain; /* or address literal; empty in `<Postmaster>` */
	bool ascii;
};

enum path_result {
	PATH_OK,
	PATH_NO_BRACKETS,
	PATH_BAD, /* not an address, or over PATH_MAX_OCTETS */
};

/* Parses `<...>` at the front of ARG.  PATH_OK: the path is in *RET_PATH, with
 * an empty text for the null path `<>`, and the text after the bracket in
 * *RET_REST; these spans point into ARG.  Else both are unchanged.  Only
 * Postmaster may have no domain (RFC 5321 4.1.1.3). */
enum path_result path_parse(struct span arg, struct path *ret_path,
    struct span *ret_rest);

bool path_is_null(const struct path *p);

/* True if the local part LOCAL is `postmaster`, in any letter case (RFC 5321
 * 4.5.1). */
bool path_is_postmaster(struct span local);

/* Returns TEXT, a path or a local part, without quotes and backslashes: a span
 * into BUFFER if it was quoted, else TEXT. */
struct span path_unquote(struct span text, char buffer[static PATH_MAX_OCTETS]);

/* Returns the local part without quotes and backslashes: a span into BUFFER if
 * it was quoted, else P's own. */
struct span path_local(const struct path *p,
    char buffer[static PATH_MAX_OCTETS]);

/* True if NAME is a valid host name: a domain in ASCII or an address literal,
 * at most 255 octets. */
bool path_is_host(struct span name);

#endif
