/* usage - help, version and errors of the command line */
#ifndef USAGE_H
#define USAGE_H

/* Write the list of options, and the version, to standard output. */
void usage_help(void);
void usage_version(void);

/* Reports with log_complaint() that WHAT is wrong with VALUE (or NULL), and
 * refers to --help. */
void usage_complain(const char *what, const char *value);

#endif
