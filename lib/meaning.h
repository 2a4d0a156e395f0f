/* meaning - what a line of users.txt says shall happen to the mail */
#ifndef MEANING_H
#define MEANING_H

#include "listing.h"

enum { MEANING_MAILDIR_MAX = LISTING_LINE_MAX + 1 };

/* Where the mail of this line goes: a Maildir below the mail directory, as a
 * relative path without `.` and `..`, into MAILDIR.  NULL: so it is; else, in a
 * few words, why the line means nothing. */
const char *meaning_of(const struct listing_line *line,
    char maildir[static MEANING_MAILDIR_MAX]);

#endif
