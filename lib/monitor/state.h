/* state - what a monitor knows, and how it waits */
#ifndef STATE_H
#define STATE_H

#include <sys/types.h>

#include "cli/options.h"
#include "monitor/request.h"

struct userfile;

enum monitor_phase {
	MONITOR_PROXY = 1 << 0, /* the client is not known yet */
	MONITOR_OPEN = 1 << 1,
	MONITOR_TLS = 1 << 2, /* the session has to end, the helper follows */
};

/* The pipes of one policy, and its process. */
struct monitor_policy {
	int in, out; /* its descriptors 0 and 1; -1: closed here */
	pid_t pid;   /* 0: not started */
};

struct monitor {
	const struct options *options;
	const struct userfile *users; /* open */
	int mail;                     /* descriptor */
	int64_t start;                /* of the session, os_monotonic_ms() */
	struct peer peer;

	/* The session's side. */
	struct requests requests;

	int from, to;  /* pipes */
	pid_t session; /* its process number */
	bool ended;    /* with this status: */
	int status;
	enum monitor_phase phase;
	int64_t deadline; /* of the session */
	struct monitor_policy policy[OPTIONS_POLICIES_MAX];
	unsigned auth_failures;
	char user[REQUEST_USER_MAX + 1]; /* of AUTH, or empty */
	struct request request;
};

/* Sends SIGTERM to the session if this process got it. */
void state_pass_sigterm(const struct monitor *m);

/* Returns whether the session has ended, without waiting; then m->status is its
 * status. */
bool state_has_ended(struct monitor *m);

/* Waits MS, or until the session ends. */
void state_pause(struct monitor *m, int64_t ms);

/* Returns the deadline of a command: in as many ms as m->request says, at most
 * --command-time. */
int64_t state_command_deadline(const struct monitor *m);

/* Empties the exchange and moves its offset to the start.  -1: failure, with
 * errno. */
int state_clear_exchange(const struct monitor *m);

#endif
