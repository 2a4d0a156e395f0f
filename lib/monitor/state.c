/* What a monitor knows, and how it waits.  See state.h. */
#include "monitor/state.h"

#include <signal.h>
#include <unistd.h>

#include "base/os.h"
#include "base/process.h"

void
state_pass_sigterm(const struct monitor *m)
{
	if (os_take_sigterm() && !m->ended)
		kill(m->session, SIGTERM);
}

bool
state_has_ended(struct monitor *m)
{
	m->ended = m->ended || process_wait(m->session, 0, &m->status);
	return m->ended;
}

void
state_pause(struct monitor *m, int64_t ms)
{
	int64_t end = os_monotonic_ms() + ms;

	while (os_monotonic_ms() < end && !state_has_ended(m)) {
		os_pause(NULL, 0, end);
		state_pass_sigterm(m);
	}
}

int64_t
state_command_deadline(const struct monitor *m)
{
	uint64_t max = m->options->command_time * 1000;
	uint64_t ms = m->request.ms < max ? m->request.ms : max;

	return os_monotonic_ms() + (int64_t)ms;
}

int
state_clear_exchange(const struct monitor *m)
{
	int exchange = m->requests.exchange;

	if (ftruncate(exchange, 0) < 0)
		return -1;
	return lseek(exchange, 0, SEEK_SET) < 0 ? -1 : 0;
}
