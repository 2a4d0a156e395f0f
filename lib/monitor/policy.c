/* The processes of --policy.  See policy.h. */
#include "monitor/policy.h"

#include <errno.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/log.h"
#include "base/process.h"
#include "monitor/state.h"

int
policy_open(struct monitor *m)
{
	size_t i;

	for (i = 0; i < m->options->policies_n; i++)
		if (process_pipe(&m->policy[i].in, &m->requests.policy[i].to) <
		        0 ||
		    process_pipe(&m->requests.policy[i].from,
		        &m->policy[i].out) < 0)
			return -1;
	return 0;
}

void
policy_close_for_monitor(struct monitor *m)
{
	size_t i;

	for (i = 0; i < m->options->policies_n; i++) {
		close(m->requests.policy[i].to);
		close(m->requests.policy[i].from);
	}
}

static void
close_pipes(struct monitor_policy *p)
{
	close(p->in);
	close(p->out);
	p->in = p->out = -1;
}

void
policy_close_for_session(struct monitor *m)
{
	size_t i;

	for (i = 0; i < m->options->policies_n; i++)
		close_pipes(&m->policy[i]);
}

/* Executes the command line OF in the child. */
static int
exec_policy(void *of)
{
	(void)children_end_with(getppid(), SIGTERM);
	process_exec_line(of, NULL, 0);
	return EX_TEMPFAIL;
}

void
policy_start(struct monitor *m, struct answer *ret)
{
	uint64_t i = m->request.policy;
	struct monitor_policy *p;
	struct process process = { .own_group = true, .run = exec_policy };

	ret->error = EINVAL;
	if (i >= m->options->policies_n || m->policy[i].pid > 0)
		return;
	p = &m->policy[i];
	process.fd[0] = p->in;
	process.fd[1] = p->out;
	process.fd[2] = log_descriptor();
	process.fd[3] = -1;
	process.of = (void *)(uintptr_t)m->options->policies[i];
	p->pid = process_start(&process);
	ret->error = p->pid < 0 ? errno : 0;
	if (p->pid > 0)
		close_pipes(p);
	else
		p->pid = 0;
}

void
policy_end(struct monitor *m)
{
	size_t i;

	for (i = 0; i < m->options->policies_n; i++)
		if (m->policy[i].pid > 0)
			process_kill(m->policy[i].pid, true);
}
