/* Structured fields for the journal, with libsystemd.  See journal.h. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "base/journal.h"

#include <systemd/sd-journal.h>

bool
journal_is_built_in(void)
{
	return true;
}

bool
journal_send(unsigned priority, const struct journal_field fields[], size_t n)
{
	char level[] = { 'P', 'R', 'I', 'O', 'R', 'I', 'T', 'Y', '=',
		(char)('0' + priority % 8) };
	struct iovec entry[JOURNAL_FIELDS_MAX + 1];
	int count = 0;
	size_t i;

	entry[count++] = (struct iovec){ level, sizeof(level) };
	for (i = 0; i < n && i < JOURNAL_FIELDS_MAX; i++)
		entry[count++] = (struct iovec){ fields[i].s, fields[i].n };
	return sd_journal_sendv(entry, count) == 0;
}
