/* monitor: it has the exit code of its session, ends one that breaks the rules,
 * passes SIGTERM on, and becomes the TLS helper.
 *
 * Each session is a function, and has a monitor in a process of its own. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/options.h"
#include "unit.h"

enum {
	LOG_MAX = 8192,
	LONG = 30,     /* seconds, longer than any session is waited for */
	GRACE = 60000, /* ms that a session has after its deadline */
	HELPED = 33,   /* exit code of the helper */
};

struct bench {
	struct scratch scratch;
	struct options options;
	struct userfile users;
	struct monitor monitor;
	int mail;
	char helper[1100], log[LOG_MAX];
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
write_octets(const struct bench *b, const void *octets, size_t n)
{
	must(write(b->monitor.requests.to, octets, n) == (ssize_t)n);
}

static void
write_request(const struct bench *b, enum request_kind kind)
{
	const struct request q = { .kind = kind, .ms = 1000 };

	write_octets(b, &q, sizeof(q));
}

/* Sessions.  One that stays for a long time has to be killed. */
static int
stay(void)
{
	sleep(LONG);
	return 1;
}

static int
end_well(void *of)
{
	(void)of;
	return 0;
}

static int
end_with_7(void *of)
{
	(void)of;
	return 7;
}

static int
kill_itself(void *of)
{
	(void)of;
	return kill(getpid(), SIGKILL);
}

static int
crash(void *of)
{
	(void)of;
	signal(SIGSEGV, SIG_DFL);
	return raise(SIGSEGV);
}

static int
ask_for_clear(void *of)
{
	const struct request q = { .kind = REQUEST_CLEAR };
	struct bench *b = of;
	struct answer a;
	int i;

	for (i = 0; i < 3; i++)
		if (request_send(&b->monitor.requests, &q, &a) < 0 || a.error)
			return 1;
	return 3;
}

static int
ask_for_unknown(void *of)
{
	write_request(of, (enum request_kind)9);
	return stay();
}

static int
ask_for_run(void *of)
{
	write_request(of, REQUEST_RUN);
	return stay();
}

static int
ask_badly(void *of)
{
	static struct request q = { .kind = REQUEST_CLEAR };

	memset(q.sender, 'x', sizeof(q.sender));
	write_octets(of, &q, sizeof(q));
	return stay();
}

static int
ask_by_half(void *of)
{
	static const struct request q = { .kind = REQUEST_CLEAR };

	write_octets(of, &q, sizeof(q) - 1);
	return 0;
}

/* Two requests in one write. */
static int
ask_at_once(void *of)
{
	static const struct request q[2] = { { .kind = REQUEST_CLEAR },
		{ .kind = REQUEST_CLEAR } };

	write_octets(of, q, sizeof(q));
	return stay();
}

/* A request in two writes. */
static int
ask_slowly(void *of)
{
	static const struct request q = { .kind = REQUEST_CLEAR };
	const struct bench *b = of;
	struct answer a;

	write_octets(b, &q, 1);
	poll(NULL, 0, 50);
	write_octets(b, (const char *)&q + 1, sizeof(q) - 1);
	return read(b->monitor.requests.from, &a, sizeof(a)) == sizeof(a) ? 4
	                                                                  : 1;
}

static int
ask_for_tls(void *of)
{
	write_request(of, REQUEST_TLS);
	return 0;
}

static int
ask_for_tls_and_fail(void *of)
{
	write_request(of, REQUEST_TLS);
	return 6;
}

static int
ask_for_tls_and_die(void *of)
{
	write_request(of, REQUEST_TLS);
	return kill_itself(of);
}

static int
ask_after_tls(void *of)
{
	write_request(of, REQUEST_TLS);
	write_request(of, REQUEST_CLEAR);
	return stay();
}

static int
do_nothing(void *of)
{
	(void)of;
	return stay();
}

static int
hang_up(void *of)
{
	const struct bench *b = of;

	close(b->monitor.requests.to);
	return stay();
}

/* SIGTERM to the monitor comes back, while nothing is read or written. */
static int
end_by_sigterm(void *of)
{
	(void)of;
	kill(getppid(), SIGTERM);
	return os_wait(-1, POLLIN, os_monotonic_ms() + 10000) == OS_TERMINATED
	    ? 5
	    : 1;
}

/* What a session has of its monitor: its number, and not its pipes. */
static int
look(void *of)
{
	const struct bench *b = of;

	if (os_pid() != (uint64_t)getppid())
		return 1;
	return fcntl(b->monitor.from, F_GETFD) < 0 &&
	        fcntl(b->monitor.to, F_GETFD) < 0
	    ? 0
	    : 2;
}

static const struct row {
	const char *name;
	int (*session)(void *of);
	bool commands, tls;
	int64_t age; /* ms since the session began */
	int code;
	const char *log; /* a part of the only line, or NULL if there is none */
} rows[] = {
	{ "it ends", end_well, true, true, .code = 0 },
	{ "an exit code", end_with_7, true, true, .code = 7 },
	{ "SIGKILL", kill_itself, true, true, .code = 75, .log = "signal=9" },
	{ "SIGSEGV", crash, true, true, .code = 75, .log = "signal=11" },
	{ "answers", ask_for_clear, true, false, .code = 3 },
	{ "a request in pieces", ask_slowly, true, false, .code = 4 },
	{ "its view", look, true, true, .code = 0 },
	{ "an unknown request", ask_for_unknown, true, true, .code = 75,
	    .log = "aborted peer=192.0.2.1 reason=\"an unknown request\"" },
	{ "without --commands", ask_for_run, false, true, .code = 75,
	    .log = "request=RUN reason=\"a request out of turn\"" },
	{ "without --tls", ask_for_tls, true, false, .code = 75,
	    .log = "request=TLS reason=\"a request out of turn\"" },
	{ "bad text", ask_badly, true, false, .code = 75,
	    .log = "request=CLEAR reason=\"an invalid request\"" },
	{ "half a request", ask_by_half, true, false, .code = 75,
	    .log = "reason=\"half a request\"" },
	{ "two requests", ask_at_once, true, false, .code = 75,
	    .log = "reason=\"a request before the answer\"" },
	{ "STARTTLS", ask_for_tls, false, true, .code = HELPED },
	{ "STARTTLS with commands", ask_for_tls, true, true, .code = HELPED },
	{ "STARTTLS that fails", ask_for_tls_and_fail, false, true, .code = 6 },
	{ "STARTTLS and SIGKILL", ask_for_tls_and_die, false, true, .code = 75,
	    .log = "signal=9" },
	{ "a request after STARTTLS", ask_after_tls, true, true, .code = 75,
	    .log = "request=CLEAR reason=\"a request out of turn\"" },
	{ "SIGTERM", end_by_sigterm, true, true, .code = 5 },
	{ "too long", do_nothing, true, true, .age = GRACE - 200, .code = 75,
	    .log = "reason=\"the session did not end in time\"" },
	{ "no end", hang_up, true, true, .code = 75,
	    .log = "reason=\"the session did not end\"" },
};

/* The monitor's process. */
static int
watch(struct bench *b, const struct row *r)
{
	struct monitor *m = &b->monitor;
	int code;

	b->options.commands = r->commands;
	b->options.tls = r->tls ? b->helper : NULL;
	m->options = &b->options;
	m->users = &b->users;
	m->mail = b->mail;
	m->start = os_monotonic_ms() - r->age;
	strcpy(m->peer.address, "192.0.2.1");
	must(monitor_is_needed(&b->options));
	must(monitor_open(m) == 0);
	must((m->requests.exchange >= 0) == r->commands);
	code = monitor_run(m, r->session, b);
	/* Whatever it did, it is gone. */
	must(kill(m->session, 0) < 0 && errno == ESRCH);
	return code;
}

/* The log without what its line begins with, or `?` if there is more than a
 * line. */
static struct span
logged(struct bench *b)
{
	ssize_t n = pread(STDERR_FILENO, b->log, sizeof(b->log) - 1, 0);
	struct span rest = { b->log, n > 0 ? (size_t)n : 0 }, line;

	line = span_take_until(&rest, '\n');
	span_take(&rest, '\n');
	b->log[line.n] = '\0';
	return rest.n > 0 ? span_of("?") : line;
}

static void
ask(struct unit *u, struct bench *b, const struct row *r)
{
	int64_t start = os_monotonic_ms();
	struct span name = span_of(r->name), log;
	int status = 0;
	pid_t pid;

	must(ftruncate(STDERR_FILENO, 0) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0)
		_exit(watch(b, r));
	must(waitpid(pid, &status, 0) == pid);
	EXPECT_NUMBER(u, name,
	    WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 999,
	    (unsigned)r->code);
	log = logged(b);
	if (r->log)
		EXPECT_TRUE(u, name, strstr(log.s, r->log));
	else
		EXPECT_SPAN(u, name, log, span_of(""));
	EXPECT_TRUE(u, span_of("in time"),
	    os_monotonic_ms() - start < LONG * 1000 / 2);
}

static void
start(struct bench *b)
{
	char helper[] = "exit 33 # and not --tls-on\n";
	int log;

	scratch_open(&b->scratch);
	scratch_write(&b->scratch, span_of(helper));
	snprintf(b->helper, sizeof(b->helper), "/bin/sh %s", b->scratch.file);
	must(chdir(b->scratch.dir) == 0);
	log = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
	must(log >= 0 && dup2(log, STDERR_FILENO) == STDERR_FILENO);
	close(log);
	must(close(open("users", O_WRONLY | O_CREAT, 0600)) == 0);
	must(userfile_open(&b->users, "users") == 0);
	b->mail = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(b->mail >= 0);
	b->options.self = b->helper;
}

/* An option that needs none, and each that does. */
static void
needs(struct unit *u)
{
	struct options o = { .proxy = true, .lmtp = true };

	EXPECT_TRUE(u, span_of("not needed"), !monitor_is_needed(&o));
	o.tls = "x";
	EXPECT_TRUE(u, span_of("--tls"), monitor_is_needed(&o));
	o = (struct options){ .commands = true };
	EXPECT_TRUE(u, span_of("--commands"), monitor_is_needed(&o));
	o = (struct options){ .filter = "x" };
	EXPECT_TRUE(u, span_of("--filter"), monitor_is_needed(&o));
	o = (struct options){ .auth = "x" };
	EXPECT_TRUE(u, span_of("--auth"), monitor_is_needed(&o));
	o = (struct options){ .policies_n = 1 };
	EXPECT_TRUE(u, span_of("--policy"), monitor_is_needed(&o));
}

static void
wrong_answers(struct unit *u, struct bench *b)
{
	static const struct row wrong = { "wrong", end_with_7, true, true,
		.code = 0, .log = "reason" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, b, &wrong);
	EXPECT_NUMBER(u, span_of("two wrong answers"), inner.failures, 2);
	close(inner.out);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	must(os_start(true, false) == 0);
	start(&bench);
	needs(&u);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ask(&u, &bench, &rows[i]);
	wrong_answers(&u, &bench);
	must(chdir("/") == 0);
	scratch_close(&bench.scratch);
	return unit_end(&u);
}
