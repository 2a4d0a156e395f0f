/* entry - parses a whole line of users.txt: its key and its action
 *
 * Sessions and --check both use it, so that they agree on every line. */
#ifndef ENTRY_H
#define ENTRY_H

#include "users/action.h"
#include "users/key.h"

/* The reason for a `*` line with a command, or with an alias that leads to one,
 * where clients need no password.  The line itself is valid. */
#define ENTRY_OPEN_RELAY "a command for everybody would be an open relay"

/* Parses LINE into *RET_KIND and *RET.  Returns NULL, or a static string that
 * says why the line is invalid; then neither is to be used. */
const char *entry_parse(const struct userfile_line *line,
    enum key_kind *ret_kind, struct action *ret);

#endif
