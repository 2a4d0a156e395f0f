/* report - what --check says: a verdict a line, on standard output */
#ifndef REPORT_H
#define REPORT_H

#include "base/span.h"

/* `FILE, line NUMBER: WHO: VERDICT`; without the line if NUMBER is 0, without
 * WHO if it is empty. */
void report(const char *file, uint64_t number, struct span who,
    const char *verdict);

/* `FILE: WHO: WHAT: the words for ERROR, and what may help against it`. */
void report_error(const char *file, struct span who, const char *what,
    int error);

#endif
