/* service - the requests that a monitor serves, and in which phase
 *
 * Nothing in a request is trusted: the words of a command come from the users
 * file, the message from the exchange, the client from the listener or, with
 * --proxy, once from the session. */
#ifndef SERVICE_H
#define SERVICE_H

#include <sys/types.h>

#include "monitor/request.h"

struct options;
struct userfile;

enum monitor_phase {
	MONITOR_PROXY = 1 << 0, /* the client is not known yet */
	MONITOR_OPEN = 1 << 1,
	MONITOR_TLS = 1 << 2, /* the session has to end, the helper follows */
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
	struct request request;
};

/* Serves m->request.  Returns NULL with the answer in *RET and whether it is
 * sent in *RET_HAS_ANSWER, or a static string: why the session must end. */
const char *service_run(struct monitor *m, struct answer *ret,
    bool *ret_has_answer);

/* Returns the name of the request Q, or NULL if it is unknown. */
const char *service_name(const struct request *q);

/* Sends SIGTERM to the session if this process got it. */
void service_pass_sigterm(const struct monitor *m);

#endif
