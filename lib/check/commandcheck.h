/* commandcheck - checks the command of a line of users.txt */
#ifndef COMMANDCHECK_H
#define COMMANDCHECK_H

/* Returns NULL, or why the command line LINE cannot be run for mail in the
 * directory MAIL. */
const char *commandcheck(const char *line, int mail);

#endif
