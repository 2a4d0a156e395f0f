/* report - output of --check: one verdict per line, on standard output */
#ifndef REPORT_H
#define REPORT_H

#include "base/span.h"

struct text;

/* Prints `FILE, line NUMBER: WHO: VERDICT`.  The line is omitted if NUMBER is
 * 0, WHO if it is empty.  Octets that do not show become `\xNN`.  Write
 * errors are ignored. */
void report(const char *file, uint64_t number, struct span who,
    const char *verdict);

/* Prints `FILE: WHO: WHAT: strerror(ERROR); advice`.  If ERROR is 0, the text
 * ends after WHAT. */
void report_error(const char *file, struct span who, const char *what,
    int error);

/* Adds N and WHAT to *T, with the ending PLURAL unless N is 1. */
void report_count(struct text *t, uint64_t n, const char *what,
    const char *plural);

#endif
