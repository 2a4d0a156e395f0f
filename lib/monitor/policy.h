/* policy - the processes of --policy */
#ifndef POLICY_H
#define POLICY_H

struct answer;
struct monitor;

/* Creates the pipes of each policy; those of the session go to m->requests.
 * -1: failure, with errno. */
int policy_open(struct monitor *m);

/* Closes what is not used here: the session's ends in the monitor, and the
 * other way round. */
void policy_close_for_monitor(struct monitor *m);
void policy_close_for_session(struct monitor *m);

/* Starts the policy of m->request (REQUEST_POLICY) on its pipes.  EINVAL: it
 * does not exist, or runs already. */
void policy_start(struct monitor *m, struct answer *ret);

/* Kills all policies: their session has ended. */
void policy_end(struct monitor *m);

#endif
