/* service - the requests that a monitor serves, and in which phase
 *
 * Nothing in a request is trusted: the words of a command come from the users
 * file, the message from the exchange, the client from the listener or, with
 * --proxy, once from the session. */
#ifndef SERVICE_H
#define SERVICE_H

#include "monitor/state.h"

/* Serves m->request.  Returns NULL with the answer in *RET, which is sent if
 * request_has_answer(), or a static string: why the session must end. */
const char *service_run(struct monitor *m, struct answer *ret);

/* Returns the name of the request Q, or NULL if it is unknown. */
const char *service_name(const struct request *q);

#endif
