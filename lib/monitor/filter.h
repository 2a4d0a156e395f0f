/* filter - runs the program of --filter */
#ifndef FILTER_H
#define FILTER_H

struct answer;
struct monitor;

/* Runs the filter on the message of m->request (REQUEST_FILTER).  If it exits
 * with 0, what it printed takes the place of the message in the exchange. */
void filter_run(struct monitor *m, struct answer *ret);

#endif
