/* check - proves the configuration, mailbox by mailbox: --check
 *
 * The whole users file is read, and a file is written, synced, linked and
 * removed in every Maildir that it names, by the same calls and within the same
 * confinement as in a session. */
#ifndef CHECK_H
#define CHECK_H

struct envelope;
struct options;
struct recipients;

/* Writes a verdict a line to standard output, and what to do behind each that
 * is bad.  Returns the exit code: EX_OK, or EX_CONFIG if any is.  R and E, all
 * zero, are for its use: to follow aliases. */
int check(const struct options *o, struct recipients *r, struct envelope *e);

#endif
