/* Server process of one conversation.  See server.h. */
#include "client/server.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "base/process.h"
#include "client/conversation.h"

enum {
	KILL_PATIENCE = 5000, /* ms from SIGTERM to SIGKILL */
	CODE_BYE = 221,
	CODE_CLOSING = 421,
};

bool
server_begin(struct conversation *d, char *const command[])
{
	d->server = process_fork(&d->to, &d->from.fd);
	if (d->server < 0)
		return false;
	if (d->server == 0) {
		process_exec(command, NULL, 0);
		terminal_complain_of(command[0], " cannot be run: ");
		_exit(EX_UNAVAILABLE);
	}
	return true;
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

/* True if the server exits within MS. */
static bool
has_exited(pid_t server, int64_t ms)
{
	int64_t deadline = os_monotonic_ms() + ms;
	const struct timespec pause = { 0, 500000 };

	while (waitpid(server, NULL, WNOHANG) == 0) {
		if (os_monotonic_ms() >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

void
server_end(struct conversation *d)
{
	int64_t deadline = os_monotonic_ms() + d->timeout;
	struct span line;
	bool silent = false;

	close(d->to);
	d->ended = true;
	while (!d->lost && !silent) {
		silent = !goes_on(d, deadline);
		if (!silent)
			conversation_hear_line(d, &line);
	}
	close(d->from.fd);
	if (!silent && !d->timed_out &&
	    has_exited(d->server, deadline - os_monotonic_ms()))
		return;
	kill(d->server, SIGTERM);
	if (has_exited(d->server, KILL_PATIENCE))
		return;
	kill(d->server, SIGKILL);
	waitpid(d->server, NULL, 0);
}
