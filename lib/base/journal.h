/* journal - structured fields for systemd's journal
 *
 * This part has two versions: journal_systemd.c sends the fields with
 * libsystemd (SYSTEMD=yes), journal_none.c sends nothing. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

enum { JOURNAL_FIELDS_MAX = 24 };

/* `NAME=value`, N octets. */
struct journal_field {
	char *s;
	size_t n;
};

/* True if this version sends; it opens a socket for the first entry. */
bool journal_is_built_in(void);

/* Sends one entry with PRIORITY, as in syslog(3), and N fields, one of which is
 * MESSAGE.  False: the entry was not sent; write it to stderr instead. */
bool journal_send(unsigned priority, const struct journal_field fields[],
    size_t n);

#endif
