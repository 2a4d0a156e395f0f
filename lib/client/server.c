/* Server process of one conversation.  See server.h. */
#include "client/server.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os.h"
#include "base/process.h"
#include "client/conversation.h"

enum {
	KILL_PATIENCE = 5000, /* ms from SIGTERM to SIGKILL */
	CODE_BYE = 221,
	CODE_CLOSING = 421,
};

/* Executes the argv OF in the child. */
static int
exec_server(void *of)
{
	char *const *command = of;

	process_exec(command, NULL, 0);
	terminal_complain_of(command[0], " cannot be run: ");
	return EX_UNAVAILABLE;
}

bool
server_begin(struct conversation *d, char *const command[])
{
	struct process server = { .fd = { 0, 0, STDERR_FILENO, -1 },
		.run = exec_server,
		.of = (void *)(uintptr_t)command };

	d->server = process_start_piped(&server, &d->to, &d->from.fd);
	return d->server > 0;
}

bool
server_quit(struct conversation *d)
{
	conversation_hear_reply(d);
	if (!d->lost && !d->in_data && d->code != CODE_BYE &&
	    d->code != CODE_CLOSING) {
		conversation_say_line(d,
		    (struct piece){ .octets = span_of("QUIT"),
		        .first = true,
		        .last = true });
		conversation_hear_reply(d);
	}
	return !d->lost || d->code == CODE_BYE;
}

/* True if the server has sent something or closed its output.  Some connections
 * do not forward the end of input: nc does so only with -N, and the server at
 * its other end would wait for its own timeout. */
static bool
goes_on(struct conversation *d, int64_t deadline)
{
	struct pollfd p = { d->from.fd, POLLIN, 0 };

	if (os_monotonic_ms() >= deadline)
		return false;
	return linereader_is_ready(&d->from) ||
	    poll(&p, 1, CONVERSATION_PATIENCE) > 0;
}

void
server_end(struct conversation *d)
{
	int64_t deadline = os_monotonic_ms() + d->timeout;
	struct span line;
	bool silent = false;
	int status;

	close(d->to);
	d->ended = true;
	while (!d->lost && !silent) {
		silent = !goes_on(d, deadline);
		if (!silent)
			conversation_hear_line(d, &line);
	}
	close(d->from.fd);
	if (!silent && !d->timed_out &&
	    process_wait(d->server, deadline, &status))
		return;
	kill(d->server, SIGTERM);
	if (!process_wait(d->server, os_monotonic_ms() + KILL_PATIENCE,
	        &status))
		process_kill(d->server, false);
}
