/* Executes for a session.  See monitor.h. */
#include "monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "base/process.h"
#include "base/tempfile.h"
#include "cli/options.h"
#include "monitor/policy.h"
#include "monitor/service.h"
#include "monitor/tls.h"

enum {
	GRACE = 60000,   /* ms after which a session is ended */
	PATIENCE = 5000, /* ms until an ended session is killed */
};

/* Logs that this process ends the session, or that something else did. */
static void
log_aborted(const char *reason, const char *request)
{
	log_begin(LOG_DEFERRED, "aborted");
	if (request)
		log_text("request", span_of(request));
	log_reason(reason, 0);
	log_end();
}

/* Reads the next request into m->request.  Returns NULL, or why there is
 * none; an empty string if the session closed the pipe. */
static const char *
hear(struct monitor *m)
{
	struct pollfd p = { m->from, POLLIN, 0 };
	char *octets = (char *)&m->request;
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(m->request)) {
		if (os_monotonic_ms() >= m->deadline)
			return "the session did not end in time";
		os_pause(&p, 1, m->deadline);
		state_pass_sigterm(m);
		if (!p.revents)
			continue;
		got = os_read(m->from, octets + n, sizeof(m->request) - n);
		if (got < 0)
			return "a request cannot be read";
		if (got == 0)
			return n == 0 ? "" : "half a request";
		n += (size_t)got;
	}
	return NULL;
}

/* Sends the answer A.  Returns NULL, or why the session must end. */
static const char *
tell(const struct monitor *m, const struct answer *a)
{
	struct pollfd p[] = { { m->from, POLLIN, 0 }, { m->to, POLLOUT, 0 } };

	if (poll(p, 2, 0) >= 0 && (p[0].revents & POLLIN))
		return "a request before the answer";
	if (!(p[1].revents & (POLLOUT | POLLERR)))
		return "the answer would have to wait";
	if (file_write_all(m->to, (const char *)a, sizeof(*a)) == 0 ||
	    errno == EPIPE) /* the session has ended */
		return NULL;
	return "the answer cannot be written";
}

/* Serves m->request.  Returns NULL, or why the session must end. */
static const char *
serve(struct monitor *m)
{
	struct answer answer;
	const char *why = service_run(m, &answer);

	if (why || m->ended || !request_has_answer(m->request.kind))
		return why;
	return tell(m, &answer);
}

/* Serves requests until the session ends.  False: it was killed. */
static bool
serve_all(struct monitor *m)
{
	const char *why = NULL;

	while (!why && !m->ended) {
		m->request.kind = 0;
		why = hear(m);
		if (why && !*why)
			return true;
		if (!why)
			why = serve(m);
	}
	if (!why)
		return true;
	log_aborted(why, service_name(&m->request));
	kill(m->session, SIGKILL);
	return false;
}

/* Waits for the session, which has closed its pipe or was killed.  Returns its
 * exit code. */
static int
end(struct monitor *m, bool by_itself)
{
	if (!m->ended &&
	    !process_wait(m->session, os_monotonic_ms() + PATIENCE,
	        &m->status)) {
		log_aborted("the session did not end", NULL);
		process_kill(m->session, false);
		by_itself = false;
	}
	if (by_itself && m->status < 0)
		log_aborted("the session cannot be waited for", NULL);
	if (by_itself && m->status > 128) {
		log_begin(LOG_DEFERRED, "aborted");
		log_number("signal", (uint64_t)m->status - 128);
		log_reason("the session was ended by a signal", 0);
		log_end();
	}
	return !by_itself || m->status > 128 || m->status < 0 ? EX_TEMPFAIL
	                                                      : m->status;
}

static int
become_helper(const struct monitor *m)
{
	tls_exec_helper(m->options, &m->peer, m->start);
	log_failure("tls", m->options->tls, "cannot be executed", errno);
	return EX_CONFIG;
}

struct child {
	struct monitor *m;
	pid_t parent;
	int (*session)(void *of);
	void *of;
};

static int
be_session(void *of)
{
	const struct child *child = of;

	os_set_pid(child->parent);
	close(child->m->from);
	close(child->m->to);
	policy_close_for_session(child->m);
	if (!children_end_with(child->parent, SIGTERM))
		return EX_TEMPFAIL;
	return child->session(child->of);
}

bool
monitor_is_needed(const struct options *o)
{
	return o->tls || monitor_runs_programs(o);
}

bool
monitor_runs_programs(const struct options *o)
{
	return o->commands || o->filter || o->auth || o->policies_n > 0;
}

bool
monitor_has_exchange(const struct options *o)
{
	return o->commands || o->filter;
}

int
monitor_open(struct monitor *m)
{
	const struct options *o = m->options;

	m->requests.exchange = -1;
	m->phase = o->proxy ? MONITOR_PROXY : MONITOR_OPEN;
	m->deadline =
	    m->start + (int64_t)(o->deadline + o->command_time) * 1000 + GRACE;
	if (process_pipe(&m->from, &m->requests.to) < 0 ||
	    process_pipe(&m->requests.from, &m->to) < 0)
		return -1;
	if (policy_open(m) < 0)
		return -1;
	if (!monitor_has_exchange(o))
		return 0;
	m->requests.exchange = tempfile_scratch(m->mail, NULL);
	return m->requests.exchange < 0 ? -1 : 0;
}

int
monitor_run(struct monitor *m, int (*session)(void *of), void *of)
{
	struct child child = { m, getpid(), session, of };
	struct process process = { .fd = { 0, 1, 2, -1 },
		.run = be_session,
		.of = &child };
	bool by_itself;
	int code;

	m->session = process_start(&process);
	if (m->session < 0)
		return -1;
	close(m->requests.to);
	close(m->requests.from);
	policy_close_for_monitor(m);
	log_peer(m->peer.address);
	by_itself = serve_all(m);
	code = end(m, by_itself);
	policy_end(m);
	if (by_itself && code == EX_OK && m->phase == MONITOR_TLS)
		return become_helper(m);
	return code;
}
