/* service_fixture - a monitor that is asked for services
 *
 * For tests of service.h: a users file, the scripts of its commands, of a
 * filter and of a checkpassword program, an exchange, and a session that
 * sleeps. */
#ifndef SERVICE_FIXTURE_H
#define SERVICE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "base/tempfile.h"
#include "base/text.h"
#include "monitor/policy.h"
#include "monitor/service.h"
#include "unit.h"

enum {
	SERVICE_CONTENT_MAX = 8192,
	SERVICE_SHOWN_MAX = 512,
	SERVICE_EXCHANGE = 100, /* octets in it */

	/* Options of a row. */
	SERVICE_COMMANDS = 1 << 0,
	SERVICE_TLS = 1 << 1,
	SERVICE_TLS_ON = 1 << 2,
	SERVICE_FILTER = 1 << 3,
	SERVICE_AUTH = 1 << 4,
	SERVICE_POLICY = 1 << 5,
	SERVICE_REQUIRED = 1 << 6, /* --auth-required */
	SERVICE_USER = 1 << 7,     /* somebody is authenticated, */
	SERVICE_FAILED = 1 << 8,   /* or there were too many attempts */
};

struct service_fixture {
	struct scratch scratch; /* with mail/, users and scripts */
	struct options options;
	struct userfile users;
	struct monitor monitor;
	int exchange;
	char content[SERVICE_CONTENT_MAX], shown[SERVICE_SHOWN_MAX];
};

/* The users file.  `$` is `/bin/sh SCRIPT`. */
static const char service_content[] = "# run@b |$ 1\n"
                                      "run@b |$ 20\n"
                                      "all@b ||$ 21\n"
                                      "box@b ./box/\n"
                                      "bare@b\n"
                                      "alias@b run@b\n"
                                      "refuse@b 550 5.1.1 no\n"
                                      "late@b data wait 5 |$ 22\n"
                                      "  indented@b |$ 23 # |$ 1\n"
                                      "\n"
                                      "@domain |$ 24\n"
                                      "* |$ 25\n"
                                      "from:sender@b |$ 26\n"
                                      "bad@b |\n"
                                      "own@b |mail/prog 1\n"
                                      "own2@b |mail/none\n"
                                      "none@b |/no/such/program\n"
                                      "crlf@b |$ 27\r\n"
                                      "slow@b |$ 28 5\n"
                                      "run@b |$ 29\n"
                                      "last@b |$ 30";

/* A checkpassword program: the password of user is pass. */
static const char service_auth[] = "read -r input <&3\n"
                                   "[ \"$input\" = userpass ]\n";

/* A filter: it needs an envelope. */
static const char service_filter[] = "cat <&3 >/dev/null || exit 1\n"
                                     "echo filtered\n"
                                     "cat\n";

static const char service_script[] =
    "[ -z \"$2\" ] || sleep $2\n"
    "cat >/dev/null\n"
    "[ $1 != 21 ] || cat <&3 >/dev/null || exit\n"
    "echo 550 5.1.1 words >&2\n"
    "exit $1\n";

/* A request, and what comes of it: words, an error, or `status`, the exit code
 * of a command. */
struct service_row {
	const char *name;
	enum monitor_phase phase;
	unsigned options;
	uint64_t kind;
	const char *at; /* RUN: the first place of this text in the file, */
	int shift;      /* and octets from there */
	const char *recipient; /* or the user of AUTH */
	uint64_t size, envelope, envelope_n, ms;
	const char *want;
};

/* The members of a row that runs the line AT for the recipient TO. */
#define SERVICE_LINE(at, to)                                                   \
	MONITOR_OPEN, SERVICE_COMMANDS, REQUEST_RUN, at, 0, to, 0, 0, 0, 9000

static inline void
service_must(bool ok)
{
	if (!ok)
		abort();
}

static inline void
service_make_file(const char *name, struct span octets, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	service_must(fd >= 0 && file_write_all(fd, octets.s, octets.n) == 0 &&
	    close(fd) == 0);
}

/* The users file, with `$` expanded. */
static inline struct span
service_expand(struct service_fixture *b)
{
	struct text t = text_in(b->content, sizeof(b->content));
	const char *c;

	for (c = service_content; *c; c++)
		if (*c == '$')
			text_add(&t, "/bin/sh script");
		else
			text_char(&t, *c);
	service_must(text_end(&t) != NULL);
	return span_of(b->content);
}

/* The same for the text at which a request looks. */
static inline uint64_t
service_offset_of(const struct service_fixture *b, const char *at)
{
	char text[128], *place;
	struct text t = text_in(text, sizeof(text));

	for (; *at; at++)
		if (*at == '$')
			text_add(&t, "/bin/sh script");
		else
			text_char(&t, *at);
	place = strstr(b->content, text_end(&t));
	service_must(place != NULL);
	return (uint64_t)(place - b->content);
}

/* A session that lives as long as the test. */
static inline pid_t
service_start_session(void)
{
	pid_t pid = fork();

	service_must(pid >= 0);
	if (pid == 0) {
		close(STDOUT_FILENO);
		sleep(60);
		_exit(0);
	}
	return pid;
}

static inline void
service_start(struct service_fixture *b)
{
	struct monitor *m = &b->monitor;

	scratch_open(&b->scratch);
	service_must(chdir(b->scratch.dir) == 0);
	service_must(mkdir("mail", 0700) == 0);
	service_make_file("users", service_expand(b), 0600);
	service_make_file("script", span_of(service_script), 0600);
	service_make_file("auth", span_of(service_auth), 0600);
	service_make_file("filter", span_of(service_filter), 0600);
	service_make_file("mail/prog", span_of("#!/bin/sh\nexit 1\n"), 0700);
	service_must(userfile_open(&b->users, "users") == 0);
	b->options.command_time = 2;
	b->options.size = 1000;
	b->options.policies[0] = b->options.policies[1] = "/bin/cat";
	m->options = &b->options;
	m->users = &b->users;
	m->mail = open("mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	service_must(m->mail >= 0);
	b->exchange = tempfile_scratch(m->mail, NULL);
	service_must(b->exchange >= 0);
	m->from = m->to = m->requests.from = m->requests.to = -1;
	m->session = service_start_session();
	b->options.policies_n = 2;
	service_must(policy_open(m) == 0);
}

static inline void
service_end(struct service_fixture *b)
{
	int status;

	kill(b->monitor.session, SIGKILL);
	process_wait(b->monitor.session, INT64_MAX, &status);
	service_must(chdir("/") == 0);
	scratch_close(&b->scratch);
}

static inline void
service_fill_exchange(struct service_fixture *b)
{
	char octets[SERVICE_EXCHANGE];

	memset(octets, 'x', sizeof(octets));
	service_must(ftruncate(b->exchange, 0) == 0);
	service_must(pwrite(b->exchange, octets, sizeof(octets), 0) ==
	    (ssize_t)sizeof(octets));
}

static inline void
service_set_options(struct options *o, unsigned bits)
{
	o->commands = bits & SERVICE_COMMANDS;
	o->tls = bits & SERVICE_TLS ? "/bin/true" : NULL;
	o->filter = bits & SERVICE_FILTER ? "/bin/sh filter" : NULL;
	o->auth = bits & SERVICE_AUTH ? "/bin/sh auth" : NULL;
	o->policies_n = bits & SERVICE_POLICY ? 2 : 0;
	o->auth_required = bits & SERVICE_REQUIRED;
}

static inline void
service_set(struct service_fixture *b, const struct service_row *r)
{
	struct monitor *m = &b->monitor;
	uint64_t at = r->at ? service_offset_of(b, r->at) : 0;

	service_fill_exchange(b);
	m->requests.exchange =
	    r->options & (SERVICE_COMMANDS | SERVICE_FILTER) ? b->exchange : -1;
	service_set_options(&b->options, r->options);
	strcpy(m->user, r->options & SERVICE_USER ? "user" : "");
	m->auth_failures = r->options & SERVICE_FAILED ? 5 : 0;
	m->peer = (struct peer){ .address = "192.0.2.1",
		.secure = r->options & SERVICE_TLS_ON };
	m->phase = r->phase;
	m->request = (struct request){ .kind = r->kind,
		.line = at + (uint64_t)(int64_t)r->shift,
		.size = r->size,
		.envelope = r->envelope,
		.envelope_n = r->envelope_n,
		.ms = r->ms,
		.address = "192.0.2.2",
		.port = 4711,
		.id = "ID",
		.password = "pass",
		.policy = r->size };
	request_text(m->request.user, sizeof(m->request.user),
	    span_of(r->recipient ? r->recipient : ""));
	request_text(m->request.recipient, sizeof(m->request.recipient),
	    span_of(r->recipient ? r->recipient : ""));
}

static inline const char *
service_name_error(int64_t error)
{
	switch (error) {
	case ESTALE:
		return "error ESTALE";
	case EPERM:
		return "error EPERM";
	case EIO:
		return "error EIO";
	case EINVAL:
		return "error EINVAL";
	default:
		return "another error";
	}
}

/* Serves the request of B and shows the result. */
static inline struct span
service_serve(struct service_fixture *b, struct answer *a)
{
	struct text t = text_in(b->shown, sizeof(b->shown));
	const char *why = service_run(&b->monitor, a);
	bool has_answer = request_has_answer(b->monitor.request.kind);

	if (why) {
		text_add(&t, why);
	} else if (has_answer && a->error) {
		text_add(&t, service_name_error(a->error));
	} else if (has_answer) {
		text_add(&t, "status ");
		text_number(&t, (uint64_t)a->status, 0);
	}
	return text_span_of(&t);
}

#endif
