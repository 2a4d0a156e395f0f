/* Parser for a whole line of users.txt.  See entry.h. */
#include "users/entry.h"

const char *
entry_parse(const struct userfile_line *line, enum key_kind *ret_kind,
    struct action *ret)
{
	const char *reason;

	if (line->too_long)
		return "the line is too long";
	reason = key_parse(line->address, ret_kind);
	if (reason)
		return reason;
	if (*ret_kind == KEY_SENDER)
		return action_of_sender(line, ret);
	return action_of(line, ret);
}
