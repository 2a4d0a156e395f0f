/* journal - structured fields for systemd's journal
 *
 * There are two of this part: journal_systemd.c hands them over with
 * libsystemd (SYSTEMD=yes), journal_none.c does without. */
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

/* Hands over one entry with its PRIORITY, as in syslog(3), and N fields, of
 * which one is MESSAGE.  False: it could not be, and stderr has to do. */
bool journal_send(unsigned priority, const struct journal_field fields[],
    size_t n);

#endif
