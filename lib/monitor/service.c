/* The requests of a session.  See service.h. */
#include "monitor/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/children.h"
#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "cli/options.h"
#include "monitor/command.h"
#include "users/entry.h"

enum { PATIENCE = 10000 }; /* ms until a process of a command is killed */

void
service_pass_sigterm(const struct monitor *m)
{
	if (os_take_sigterm() && !m->ended)
		kill(m->session, SIGTERM);
}

/* The strings of a request. */
static const struct {
	size_t at, n;
} texts[] = {
#define TEXT(member)                                                           \
	{                                                                      \
		offsetof(struct request, member),                              \
		    sizeof(((struct request *)NULL)->member)                   \
	}
	TEXT(address),
	TEXT(id),
	TEXT(helo),
	TEXT(protocol),
	TEXT(sender),
	TEXT(recipient),
	TEXT(local),
	TEXT(extension),
	TEXT(domain),
#undef TEXT
};

static bool
has_good_texts(const struct request *q)
{
	const char *text;
	size_t i, n;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		text = (const char *)q + texts[i].at;
		n = strnlen(text, texts[i].n);
		if (n == texts[i].n ||
		    !span_all((struct span){ text, n }, is_not_control))
			return false;
	}
	return true;
}

static void
serve_peer(struct monitor *m, struct answer *ret)
{
	const struct request *q = &m->request;

	(void)ret;
	peer_set_address(&m->peer, span_of(q->address));
	m->peer.port = q->port <= UINT16_MAX ? q->port : 0;
	m->phase = MONITOR_OPEN;
}

static void
serve_clear(struct monitor *m, struct answer *ret)
{
	int exchange = m->requests.exchange;

	if (ftruncate(exchange, 0) < 0 || lseek(exchange, 0, SEEK_SET) < 0)
		ret->error = errno;
}

static void
serve_tls(struct monitor *m, struct answer *ret)
{
	(void)ret;
	m->phase = MONITOR_TLS;
}

/* Reads the line of users.txt at the offset of the request.  False: no line
 * starts there, or it is not the command of that recipient: the file was
 * changed. */
static bool
find_line(const struct monitor *m, struct action *ret)
{
	const struct request *q = &m->request;
	struct userfile now = *m->users;
	struct userfile_cursor c = { 0 };
	struct userfile_line line;
	enum key_kind kind;

	userfile_forget(&now);
	if (q->line > 0) /* the line before must end there */
		c = (struct userfile_cursor){ .offset = q->line - 1,
			.within_line = true };
	return userfile_next(&now, &c, &line) > 0 && line.offset == q->line &&
	    span_same(line.address, span_of(q->recipient)) &&
	    !entry_parse(&line, &kind, ret) && ret->kind == ACTION_COMMAND;
}

/* A command that runs, in a process of its own. */
struct run {
	struct monitor *m;
	struct command command;
	pid_t parent;
	int to; /* a pipe for the answer */
};

static int
run(void *of)
{
	struct run *r = of;
	struct answer answer = { 0 };

	r->command.parent = getpid();
	os_set_pid(r->parent);
	close(r->m->from);
	close(r->m->to);
	if (!children_end_with(r->parent, SIGTERM))
		return EX_TEMPFAIL;
	command_run(&r->command, &answer);
	return file_write_all(r->to, (const char *)&answer, sizeof(answer)) < 0
	    ? EX_OSERR
	    : EX_OK;
}

/* Waits for the process PID of a command.  It ends by itself, or by SIGTERM if
 * the session ends before it, and is killed only if it does neither. */
static void
wait_for_run(struct monitor *m, pid_t pid, int64_t deadline)
{
	int status;

	while (!process_wait(pid, 0, &status)) {
		if (os_monotonic_ms() >= deadline) {
			process_kill(pid, false);
			return;
		}
		os_pause(NULL, 0, deadline);
		service_pass_sigterm(m);
		if (!m->ended && process_wait(m->session, 0, &m->status)) {
			m->ended = true;
			kill(pid, SIGTERM);
		}
	}
}

/* Reads the answer of the process of a command, which has ended, unless it could
 * not be killed. */
static bool
hear(int from, struct answer *ret)
{
	char *octets = (char *)ret;
	size_t n = 0;
	ssize_t got = 1;

	while (n < sizeof(*ret) && got > 0 &&
	    os_wait_regardless(from, POLLIN, 0) == OS_READY) {
		got = os_read(from, octets + n, sizeof(*ret) - n);
		n += got > 0 ? (size_t)got : 0;
	}
	return n == sizeof(*ret);
}

static void
serve_run(struct monitor *m, struct answer *ret)
{
	uint64_t max = m->options->command_time * 1000;
	uint64_t ms = m->request.ms < max ? m->request.ms : max;
	struct action action;
	struct run r = { .m = m,
		.parent = getpid(),
		.command = { .mail = m->mail,
		    .exchange = m->requests.exchange,
		    .action = &action,
		    .request = &m->request,
		    .peer = &m->peer,
		    .proxied = m->options->proxy,
		    .deadline = os_monotonic_ms() + (int64_t)ms } };
	struct process process = { .fd = { -1, -1, STDERR_FILENO, -1 },
		.run = run,
		.of = &r };
	pid_t pid;
	int from;

	ret->error = ESTALE;
	if (!find_line(m, &action))
		return;
	ret->error = EPERM;
	if (process_lies_beneath(action.text, m->mail))
		return;
	if (process_pipe(&from, &r.to) < 0) {
		ret->error = errno;
		return;
	}
	pid = process_start(&process);
	ret->error = errno;
	close(r.to);
	if (pid > 0) {
		wait_for_run(m, pid, r.command.deadline + PATIENCE);
		if (!hear(from, ret))
			*ret = (struct answer){ .error = EIO };
	}
	close(from);
}

static bool
has_exchange(const struct monitor *m)
{
	return m->requests.exchange >= 0;
}

static bool
offers_tls(const struct monitor *m)
{
	return m->options->tls && !m->peer.secure;
}

static const struct row {
	const char *name;
	unsigned phases; /* in which it may come */
	bool has_answer;
	bool (*is_offered)(const struct monitor *m); /* NULL: always */
	void (*serve)(struct monitor *m, struct answer *ret);
} rows[] = {
	[REQUEST_PEER] = { "PEER", MONITOR_PROXY, false, NULL, serve_peer },
	[REQUEST_RUN] = { "RUN", MONITOR_OPEN, true, has_exchange, serve_run },
	[REQUEST_CLEAR] = { "CLEAR", MONITOR_OPEN, true, has_exchange,
	    serve_clear },
	[REQUEST_TLS] = { "TLS", MONITOR_OPEN, false, offers_tls, serve_tls },
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

const char *
service_name(const struct request *q)
{
	return q->kind < ROWS ? rows[q->kind].name : NULL;
}

const char *
service_run(struct monitor *m, struct answer *ret, bool *ret_has_answer)
{
	const struct request *q = &m->request;
	const struct row *row = &rows[q->kind < ROWS ? q->kind : 0];

	if (!row->serve)
		return "an unknown request";
	if (!(row->phases & (unsigned)m->phase) ||
	    (row->is_offered && !row->is_offered(m)))
		return "a request out of turn";
	if (!has_good_texts(q))
		return "an invalid request";
	*ret = (struct answer){ 0 };
	row->serve(m, ret);
	*ret_has_answer = row->has_answer;
	return NULL;
}
