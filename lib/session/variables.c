/* Variables for commands.  See variables.h. */
#include "session/variables.h"

#include <stdlib.h>
#include <string.h>

#include "smtp/path.h"
#include "smtp/peer.h"

/* The name that tcpserver looked up, if it did. */
static struct span
host_name(bool proxied)
{
	const char *name = proxied ? NULL : getenv("TCPREMOTEHOST");

	return name && path_is_host(span_of(name)) ? span_of(name)
	                                           : span_of("unknown");
}

void
variables_set(struct variables *ret, const struct variables_client *c)
{
	struct span cipher = span_of(c->peer->tls);
	struct span tls = span_take_until(&cipher, ' ');
	const struct process_variable v[COMMAND_CLIENT_N] = {
		{ "CLIENT_ADDRESS", span_of(c->peer->address) },
		{ "CLIENT_PORT", text_of_number(ret->port, c->peer->port) },
		{ "CLIENT_HOSTNAME", host_name(c->proxied) },
		{ "CLIENT_HELO", c->helo },
		{ "CLIENT_PROTOCOL", span_of(c->protocol) },
		{ "SASL_USERNAME", c->user },
		{ "TLS_PROTOCOL", tls },
		{ "TLS_CIPHER", span_trim(cipher) },
	};

	memcpy(ret->v, v, sizeof(v));
}
