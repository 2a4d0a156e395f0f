/* hijacked_forgeries - requests to run what must not be run */
#ifndef HIJACKED_FORGERIES_H
#define HIJACKED_FORGERIES_H

#include "hijacked.h"

/* Returns a request that the monitor serves: run@example.org. */
struct request forgery_good(const struct hijack *h);

/* Sends it, and reports the answer. */
void forgery_run(struct hijack *h);

/* Returns string I of Q with its size in *RET_N, as service.c has them. */
char *forgery_text(struct request *q, size_t i, size_t *ret_n);

/* Makes each forgery, and a good request at the end. */
void forgery_try_all(struct hijack *h);

/* Asks for more time than --command-time=1 allows, and for none. */
void forgery_try_times(struct hijack *h);

#endif
