/* programs - reports whether the programs of options can be executed */
#ifndef PROGRAMS_H
#define PROGRAMS_H

struct options;

/* Reports each program of --filter, --policy and --auth, as the user whom this
 * process has: it must exist, and its words must fit.  The helper of --tls is
 * tried by tlscheck.h.  Returns the number of problems. */
unsigned programs_report(const struct options *o);

#endif
