/* Checks the command of a line of users.txt.  See commandcheck.h. */
#include "check/commandcheck.h"

#include <string.h>

#include "base/process.h"
#include "store/recipient.h"
#include "users/userfile.h"

const char *
commandcheck(const char *line, int mail)
{
	char words[USERFILE_LINE_MAX + 1], *argv[PROCESS_WORDS_MAX];

	strcpy(words, line); /* fits: part of a line of users.txt */
	if (process_split(words, argv, PROCESS_WORDS_MAX) == 0)
		return "its command has too many words";
	if (process_lies_beneath(line, mail))
		return RECIPIENT_REPLACEABLE;
	if (process_is_executable(argv[0]))
		return NULL;
	return strchr(argv[0], '/') ? "its command cannot be executed"
	                            : "its command is not found in PATH";
}
