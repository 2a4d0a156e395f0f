/* Tests what a monitor does with requests of a hijacked session: it runs a
 * command only if users.txt, read in another way, has it at the offset of the
 * request, for its recipient, and if options and phase allow it.
 *
 * The input is the options and the users file, up to a NUL, and requests, each
 * one octet and what make_request() takes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/children.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/options.h"
#include "fuzz.h"
#include "monitor/command.h"
#include "monitor/job.h"
#include "monitor/service.h"

enum {
	FILE_MAX = 32 << 10,
	RAW_MAX = 2 * (int)sizeof(struct request),
	EXCHANGE = 1000,
	OUTPUT = 10,    /* octets that the filter prints */
	AUTH_MAX = 5,   /* passwords of a session */
	COMMAND = 4711, /* number of a process that does not exist */

	/* Options in the first octet. */
	COMMANDS = 1 << 0,
	TLS = 1 << 1,
	TLS_ON = 1 << 2,
	PROXY = 1 << 3,
	FILTER = 1 << 4,
	AUTH = 1 << 5,
	POLICIES = 1 << 6,
	REQUIRED = 1 << 7, /* --auth-required */

	/* Of a request: its kind, and whether it is raw octets. */
	KINDS = 10,
	RAW = 1 << 3,
};

static char input[FILE_MAX], raw[RAW_MAX];
static struct span content; /* of the users file */
static struct options options;
static struct userfile list;
static struct monitor monitor;
static int users_file, exchange, mail;
static char path[64];
static unsigned runs; /* programs that ran for a request */

pid_t __wrap_process_start(const struct process *p);
bool __wrap_process_wait(pid_t pid, int64_t deadline, int *ret_status);
bool __wrap_children_end_with(pid_t parent, int sig);
void __wrap_state_pause(struct monitor *m, int64_t ms);
int __wrap_job_run(struct job *j);
void __wrap_command_run(const struct command *c, struct answer *ret);

/* The process that runs a program is this one.  A policy is not run. */
pid_t
__wrap_process_start(const struct process *p)
{
	if (monitor.request.kind == REQUEST_POLICY) {
		MUST(options.policies_n > 0 && p->own_group);
		MUST(strcmp(p->of, "/bin/policy") == 0);
		runs++;
	} else {
		MUST(p->run(p->of) == 0);
	}
	return COMMAND;
}

bool
__wrap_process_wait(pid_t pid, int64_t deadline, int *ret_status)
{
	(void)deadline;
	MUST(pid == COMMAND);
	*ret_status = 0;
	return true;
}

bool
__wrap_children_end_with(pid_t parent, int sig)
{
	MUST(parent == getpid() && sig > 0);
	return true;
}

void
__wrap_state_pause(struct monitor *m, int64_t ms)
{
	MUST(m == &monitor && ms > 0);
}

/* Checks the input of a checkpassword program, which likes users with a y. */
int
__wrap_job_run(struct job *j)
{
	const struct request *q = &monitor.request;
	size_t user = strlen(q->user) + 1, password = strlen(q->password) + 1;
	char got[1024];

	runs++;
	MUST(q->kind == REQUEST_AUTH && options.auth && !monitor.user[0]);
	MUST(read(j->process.fd[3], got, sizeof(got)) ==
	    (ssize_t)(user + password + 1));
	MUST(memcmp(got, q->user, user) == 0);
	MUST(memcmp(got + user, q->password, password) == 0);
	MUST(got[user + password] == '\0');
	close(j->process.fd[3]);
	j->status = strchr(q->user, 'y') ? 0 : 1;
	return 0;
}

/* The line that starts at OFFSET, without its comment and its end.  No line
 * starts there: it is empty. */
static struct span
line_at(uint64_t offset)
{
	struct span line = content;
	size_t i;

	if (offset >= content.n ||
	    (offset > 0 && content.s[offset - 1] != '\n'))
		return span_of("");
	span_take_n(&line, (size_t)offset);
	line = span_take_until(&line, '\n');
	if (offset == 0)
		span_take_word(&line, "\xef\xbb\xbf");
	if (line.n > 0 && line.s[line.n - 1] == '\r')
		line.n--;
	MUST(line.n <= USERFILE_LINE_MAX); /* or it is invalid */
	for (i = 0; i < line.n; i++)
		if (line.s[i] == '#' &&
		    (i == 0 || is_blank((unsigned char)line.s[i - 1])))
			line.n = i;
	return span_trim(line);
}

/* The words of TEXT are those of WORDS, which are separated by a blank. */
static bool
same_words(struct span text, struct span words)
{
	struct span a, b;

	text = span_trim(text);
	while (text.n > 0) {
		a = span_take_while(&text, is_not_blank);
		b = fuzz_part(&words, ' ');
		if (!octets_same(a, b))
			return false;
		text = span_trim(text);
	}
	return words.n == 0;
}

/* The filter prints a few octets. */
static void
run_filter(const struct command *c, struct answer *ret)
{
	MUST(options.filter && c->line == options.filter && c->has_envelope);
	MUST(write(c->output, "0123456789", OUTPUT) == OUTPUT);
	ret->size = OUTPUT;
}

/* Checks a command against the users file, which it must be in. */
static void
judge_line(const struct command *c)
{
	const struct request *q = &monitor.request;
	struct span line = line_at(q->line), key, words;

	MUST(q->kind == REQUEST_RUN && options.commands && c->output < 0);
	MUST(monitor.user[0] || !options.auth_required);
	key = span_take_while(&line, is_not_blank);
	MUST(key.n > 0 && !span_take_word(&key, "from:"));
	MUST(!span_is(key, "*") || options.auth_required);
	MUST(memchr(q->recipient, '\0', sizeof(q->recipient)));
	MUST(span_same(key, span_of(q->recipient)));
	words = line;
	span_take_until(&words, '|');
	MUST(span_take(&words, '|'));
	MUST(span_take(&words, '|') == c->has_envelope);
	MUST(c->line[0] && same_words(words, span_of(c->line)));
	MUST(!process_lies_beneath(c->line, mail));
}

void
__wrap_command_run(const struct command *c, struct answer *ret)
{
	runs++;
	MUST(monitor.phase == MONITOR_OPEN && c->request == &monitor.request);
	MUST(c->exchange == exchange && c->mail == mail);
	MUST(c->user == monitor.user);
	if (monitor.request.kind == REQUEST_FILTER) {
		run_filter(c, ret);
		return;
	}
	judge_line(c);
	ret->status = 7;
}

/* Takes N octets off the front of *IN as a number. */
static uint64_t
take_number(struct span *in, unsigned n)
{
	uint64_t number = 0;

	while (n-- > 0)
		number = number << 8 | fuzz_octet(in);
	return number;
}

static void
take_text(struct span *in, char *to, size_t max)
{
	request_text(to, max, fuzz_part(in, '\0'));
}

/* Makes a request of the octets in *IN: all of them as they come, or a kind, an
 * offset, sizes, and strings. */
static void
make_request(struct span *in, struct request *q)
{
	unsigned how = fuzz_octet(in);
	struct span octets;

	memset(q, 0, sizeof(*q));
	if (how & RAW) {
		octets = fuzz_expand(*in, raw, sizeof(*q));
		memcpy(q, octets.s, octets.n);
		in->n = 0;
		return;
	}
	q->kind = how % KINDS;
	q->line = take_number(in, 2) - (how & 0x10 ? 3 : 0);
	q->size = how & 0x20 ? take_number(in, 8) : 0;
	q->envelope = how & 0x20 ? take_number(in, 8) : 0;
	q->envelope_n = how & 0x20 ? take_number(in, 8) : 0;
	q->ms = how & 0x40 ? take_number(in, 8) : 1000;
	q->port = how & 0x40 ? take_number(in, 8) : 25;
	q->policy = q->line;
	take_text(in, q->recipient, sizeof(q->recipient));
	request_text(q->user, sizeof(q->user), span_of(q->recipient));
	if (!(how & 0x80))
		return;
	take_text(in, q->address, sizeof(q->address));
	take_text(in, q->id, sizeof(q->id));
	take_text(in, q->helo, sizeof(q->helo));
	take_text(in, q->protocol, sizeof(q->protocol));
	take_text(in, q->sender, sizeof(q->sender));
	take_text(in, q->local, sizeof(q->local));
	take_text(in, q->extension, sizeof(q->extension));
	take_text(in, q->domain, sizeof(q->domain));
	take_text(in, q->password, sizeof(q->password));
}

static off_t
exchanged(void)
{
	struct stat st;

	MUST(fstat(exchange, &st) == 0);
	return st.st_size;
}

/* Checks a refused request: nothing was done. */
static void
judge_refused(const struct monitor *before, const char *why)
{
	MUST(why[0] && span_all(span_of(why), is_printable));
	MUST(runs == 0 && exchanged() == EXCHANGE);
	MUST(monitor.phase == before->phase);
	MUST(memcmp(&monitor.peer, &before->peer, sizeof(monitor.peer)) == 0);
	MUST(strcmp(monitor.user, before->user) == 0);
	MUST(monitor.auth_failures == before->auth_failures);
}

static void
judge_auth(const struct monitor *before, const struct answer *a)
{
	bool yes = a->error == 0 && a->status == 0;

	MUST(options.auth && runs == 1 && a->error == 0);
	MUST(!before->user[0] && before->auth_failures < AUTH_MAX);
	MUST(strcmp(monitor.user, yes ? monitor.request.user : "") == 0);
	MUST(monitor.auth_failures == before->auth_failures + !yes);
	MUST(!monitor.request.password[0]);
}

/* A policy is started once. */
static void
judge_policy(const struct monitor *before, const struct answer *a)
{
	uint64_t i = monitor.request.policy;
	bool may = i < options.policies_n && before->policy[i].pid == 0;

	MUST(options.policies_n > 0);
	MUST(a->error == (may ? 0 : EINVAL) && runs == may);
	MUST(!may || monitor.policy[i].pid == COMMAND);
}

static void
judge_served(const struct monitor *before, const struct answer *a,
    bool has_answer)
{
	struct span peer = span_of(monitor.peer.address);

	switch (monitor.request.kind) {
	case REQUEST_PEER:
		MUST(before->phase == MONITOR_PROXY && !has_answer);
		MUST(monitor.phase == MONITOR_OPEN);
		MUST(peer.n > 0 && span_all(peer, is_printable));
		MUST(!memchr(peer.s, ' ', peer.n));
		MUST(monitor.peer.port <= UINT16_MAX);
		break;
	case REQUEST_RUN:
		MUST(options.commands && has_answer && runs <= 1);
		MUST(runs == 1 ? a->error == 0 && a->status == 7
		               : a->error == ESTALE || a->error == EPERM);
		break;
	case REQUEST_CLEAR:
		MUST(options.commands || options.filter);
		MUST(has_answer && a->error == 0 && exchanged() == 0);
		break;
	case REQUEST_FILTER:
		MUST(options.filter && runs == 1 && a->error == 0);
		MUST(a->size == OUTPUT && exchanged() == OUTPUT);
		break;
	case REQUEST_AUTH:
		judge_auth(before, a);
		break;
	case REQUEST_POLICY:
		judge_policy(before, a);
		break;
	case REQUEST_TLS:
		MUST(options.tls && !monitor.peer.secure && !has_answer);
		MUST(monitor.phase == MONITOR_TLS);
		break;
	default:
		fuzz_fail(__FILE__, __LINE__, "the request is known");
	}
	MUST(before->phase == MONITOR_OPEN ||
	    monitor.request.kind == REQUEST_PEER);
}

/* Serves one request.  False: the session must end. */
static bool
serve(struct span *in)
{
	static struct monitor before;
	struct answer a;
	bool has_answer;
	const char *why;

	MUST(ftruncate(exchange, EXCHANGE) == 0);
	make_request(in, &monitor.request);
	before = monitor;
	runs = 0;
	why = service_run(&monitor, &a);
	has_answer = request_has_answer(monitor.request.kind);
	if (why)
		judge_refused(&before, why);
	else
		judge_served(&before, &a, has_answer);
	MUST(!service_name(&monitor.request) ||
	    monitor.request.kind <= REQUEST_POLICY);
	return !why;
}

static void
open_users(struct span octets)
{
	content = octets;
	MUST(ftruncate(users_file, 0) == 0);
	MUST(pwrite(users_file, octets.s, octets.n, 0) == (ssize_t)octets.n);
	MUST(userfile_open(&list, path) == 0);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *dir = getenv("TMPDIR");

	(void)argc;
	(void)argv;
	users_file = memfd_create("users", MFD_CLOEXEC);
	exchange = memfd_create("exchange", MFD_CLOEXEC);
	mail = open(dir ? dir : "/tmp", O_RDONLY | O_DIRECTORY);
	MUST(users_file >= 0 && exchange >= 0 && mail >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", users_file);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	unsigned bits = fuzz_octet(&in);

	open_users(fuzz_expand(fuzz_part(&in, '\0'), input, sizeof(input)));
	options = (struct options){ .commands = bits & COMMANDS,
		.tls = bits & TLS ? "/bin/true" : NULL,
		.proxy = bits & PROXY,
		.filter = bits & FILTER ? "/bin/filter" : NULL,
		.auth = bits & AUTH ? "/bin/auth" : NULL,
		.auth_required = bits & REQUIRED,
		.policies = { "/bin/policy", "/bin/policy" },
		.policies_n = bits & POLICIES ? 2 : 0,
		.command_time = 300 };
	monitor = (struct monitor){ .options = &options,
		.users = &list,
		.mail = mail,
		.peer = { .address = "192.0.2.1", .secure = bits & TLS_ON },
		.requests = { .exchange =
		                  bits & (COMMANDS | FILTER) ? exchange : -1 },
		.from = -1,
		.to = -1,
		.policy = { { .in = -1, .out = -1 }, { .in = -1, .out = -1 } },
		.phase = bits & PROXY ? MONITOR_PROXY : MONITOR_OPEN };
	while (in.n > 0 && serve(&in))
		;
	close(list.fd);
	return 0;
}
