/* Variables for commands.  See variables.h. */
#include "session/variables.h"

#include <stdlib.h>

#include "base/text.h"
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
	struct text port = text_in(ret->port, sizeof(ret->port));
	struct span cipher = span_of(c->peer->tls);
	struct span tls = span_take_until(&cipher, ' ');
	struct process_variable *v = ret->v;

	text_number(&port, c->peer->port, 0);
	span_take(&cipher, ' ');
	*v++ = (struct process_variable){ "CLIENT_ADDRESS",
		span_of(c->peer->address) };
	*v++ = (struct process_variable){ "CLIENT_PORT", text_span_of(&port) };
	*v++ = (struct process_variable){ "CLIENT_HOSTNAME",
		host_name(c->proxied) };
	*v++ = (struct process_variable){ "CLIENT_HELO", c->helo };
	*v++ = (struct process_variable){ "CLIENT_PROTOCOL",
		span_of(c->protocol) };
	*v++ = (struct process_variable){ "SASL_USERNAME", c->user };
	*v++ = (struct process_variable){ "TLS_PROTOCOL", tls };
	*v = (struct process_variable){ "TLS_CIPHER", cipher };
}
