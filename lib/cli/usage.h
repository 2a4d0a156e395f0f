/* usage - what the program says of its command line */
#ifndef USAGE_H
#define USAGE_H

/* The options, and what this program is, on standard output. */
void usage_help(void);
void usage_version(void);

/* Says on stderr that WHAT is wrong with VALUE (or NULL), and where to look. */
void usage_complain(const char *what, const char *value);

#endif
