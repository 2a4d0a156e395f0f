/* variables - what a command of users.txt learns of the client
 *
 * The names are those of Postfix's local(8), as far as it has them. */
#ifndef VARIABLES_H
#define VARIABLES_H

#include "base/process.h"
#include "base/text.h"
#include "store/command.h"

struct peer;

struct variables {
	char port[TEXT_NUMBER_MAX];
	struct process_variable v[COMMAND_CLIENT_N];
};

/* What is known of the client; each span may be empty. */
struct variables_client {
	const struct peer *peer;
	bool proxied; /* the listener knows the proxy only */
	struct span helo, user;
	const char *protocol;
};

/* Sets the variables of *RET, which are valid as long as
 * *RET and what C points to. */
void variables_set(struct variables *ret, const struct variables_client *c);

#endif
