/* check - checks the configuration: --check
 *
 * Reads the whole users file.  In every Maildir that it names, writes, syncs,
 * links and removes a file, with the same calls and in the same sandbox as a
 * session. */
#ifndef CHECK_H
#define CHECK_H

struct envelope;
struct options;
struct recipients;

/* Checks the configuration O.  Writes one verdict per line to standard output,
 * with advice on problems where there is any.  Returns the exit code: EX_OK, or
 * EX_CONFIG if there is a problem.  R and E are scratch memory for following
 * aliases; the caller passes them zeroed. */
int check(const struct options *o, struct recipients *r, struct envelope *e);

#endif
