/* Tests whole sessions in this process.  Serves each input twice, octet by
 * octet and in pieces; replies and mail must be the same.  See oracle.h.
 *
 * The first octet selects the options; the second the sizes of the pieces, how
 * the input ends, and when the disk fails.  The client sends the rest. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/children.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "monitor/command.h"
#include "monitor/service.h"
#include "oracle.h"
#include "session/begin.h"

/* Both the protocol and the monitor have a struct command. */
#define command smtp_command
#define main    smtp_stdio_main
int smtp_stdio_main(int argc, char *argv[]);
#include "../smtp-stdio.c"
#undef main
#undef command

enum {
	IN = 1000,
	OUT = 1001,
	LOG = 2, /* descriptors; the first two are not open */

	COMMAND = 4711, /* number of a process that does not exist */
};

/* In ascending order, so that the file can also be marked as sorted. */
static const char users[] = "@wild.example ./all/\n"
                            "a@b\n"
                            "albin@gmail.com\n"
                            "bad@b ../x\n"
                            "c@b ./c/d/\n"
                            "deep@b team@b a@b\n"
                            "drop@b data close\n"
                            "dup@b data close ./dup/\n"
                            "each@b every@b run@b every+x@b\n"
                            "every@b ||/bin/true -x\n"
                            "fail@b |/bin/false\n"
                            "from:@bad.example 550 no\n"
                            "from:shut@b close\n"
                            "from:slow@b wait 3\n"
                            "full@b 452 4.2.2 mailbox full\n"
                            "full@b2 421 too full\n"
                            "gone@b close\n"
                            "half@b a@b c@b nobody@b\n"
                            "hello@gmail.com\n"
                            "late@b data 451 4.3.0 not now\n"
                            "loop@b loop@b\n"
                            "no@b |/bin/no\n"
                            "null@b discard\n"
                            "run@b |/bin/true\n"
                            "say@b |/bin/say\n"
                            "slow@b wait 5 ./slow/\n"
                            "slow@c data wait 5 ./slow/\n"
                            "team@b a@b c@b\n"
                            "gr\xc3\xa5@b\n";

static const char *const boxes[] = { "all", "a@b", "albin@gmail.com", "c/d",
	"hello@gmail.com", "slow", "gr\xc3\xa5@b",
	"dup" }; /* indexed by enum box */

enum { BOXES = sizeof(boxes) / sizeof(*boxes) };

static struct scratch scratch;
static char users_files[2][1100], mail[1100], path[1200];
static DIR *new_of[BOXES];
static struct session *session; /* mapped pages, zeroed before each session */

static struct seen by_octets, in_pieces, *seen;
static char input[JUDGE_INPUT_MAX], bodies[JUDGE_INPUT_MAX];
static bool running;

enum way { OCTETS, WHOLE, PIECES };
static enum way way;
static uint64_t random_state;

/* What read() reports after the last octet. */
static enum { FEED_EOF, FEED_TIMEOUT, FEED_TERMINATED, FEED_BROKEN } ending;
static int64_t now;
static unsigned fault, disk_calls;

int64_t __wrap_os_monotonic_ms(void);
struct timespec __wrap_os_wall_time(void);
uint64_t __wrap_os_pid(void);
int __wrap_os_random(uint64_t *ret_bits);
enum os_wait __wrap_os_wait(int fd, short events, int64_t deadline);
enum os_wait __wrap_os_check_deadline(int64_t deadline);
ssize_t __real_os_read(int fd, char *buffer, size_t n);
ssize_t __wrap_os_read(int fd, char *buffer, size_t n);
ssize_t __wrap_os_write(int fd, const char *octets, size_t n, bool shared);
int __wrap_os_sync(int fd);
int __real_file_open_unnamed(int dir, const char *path, int mode);
int __wrap_file_open_unnamed(int dir, const char *path, int mode);
int __real_file_link_unnamed(int fd, int dir, const char *to);
int __wrap_file_link_unnamed(int fd, int dir, const char *to);
int __wrap_os_free_space(int dir, uint64_t *ret_octets);
int __wrap_sandbox_enter(int dir, const char *dir_path,
    enum sandbox_outside outside);
void __wrap_log_open(bool by_syslog);
ssize_t __real_write(int fd, const void *octets, size_t n);
ssize_t __wrap_write(int fd, const void *octets, size_t n);
int __wrap_request_send(struct requests *r, const struct request *q,
    struct answer *ret);
pid_t __wrap_process_start(const struct process *p);
bool __wrap_process_wait(pid_t pid, int64_t deadline, int *ret_status);
bool __wrap_children_end_with(pid_t parent, int sig);
void __wrap_command_run(const struct command *c, struct answer *ret);
void __real_delivery_run(struct delivery *d, const struct envelope *e,
    struct spool *s);
void __wrap_delivery_run(struct delivery *d, const struct envelope *e,
    struct spool *s);

int64_t
__wrap_os_monotonic_ms(void)
{
	return now;
}

struct timespec
__wrap_os_wall_time(void)
{
	return (struct timespec){ 1795435200, 0 };
}

uint64_t
__wrap_os_pid(void)
{
	return 1;
}

int
__wrap_os_random(uint64_t *ret_bits)
{
	*ret_bits = 0;
	return 0;
}

enum os_wait
__wrap_os_wait(int fd, short events, int64_t deadline)
{
	(void)events;
	if (fd == -1 ||
	    (fd == IN && seen->at == seen->in.n && ending == FEED_TIMEOUT)) {
		now = deadline > now ? deadline : now;
		return OS_TIMEOUT;
	}
	if (fd == IN && seen->at == seen->in.n && ending == FEED_TERMINATED)
		return OS_TERMINATED;
	return OS_READY;
}

enum os_wait
__wrap_os_check_deadline(int64_t deadline)
{
	return now < deadline ? OS_READY : OS_TIMEOUT;
}

/* Returns how many of N octets to transfer in one call. */
static size_t
piece_of(size_t n)
{
	if (n == 0 || way == WHOLE)
		return n;
	if (way == OCTETS)
		return 1;
	return 1 +
	    random_next(&random_state) %
	    (random_state & 0x10000 ? n
	            : n < 8         ? n
	                            : 8);
}

ssize_t
__wrap_os_read(int fd, char *buffer, size_t n)
{
	size_t left = seen->in.n - seen->at;

	if (fd != IN)
		return __real_os_read(fd, buffer, n);
	MUST(n > 0);
	ASAN_UNPOISON_MEMORY_REGION(buffer, n);
	if (left == 0 && ending == FEED_BROKEN) {
		errno = ECONNRESET;
		return -1;
	}
	left = piece_of(n < left ? n : left);
	if (left > 0)
		memcpy(buffer, seen->in.s + seen->at, left);
	ASAN_POISON_MEMORY_REGION(buffer + left, n - left);
	seen->at += left;
	return (ssize_t)left;
}

/* Records N octets of a reply.  A write to the client ends an exchange. */
static void
note_exchange(size_t n)
{
	struct exchange *e = &seen->exchange[seen->exchanges];
	struct span in = { seen->in.s, seen->at };

	if (seen->exchanges > 0) {
		e--;
		in.s = e->in.s + e->in.n;
		in.n = (size_t)(seen->in.s + seen->at - in.s);
	}
	if (seen->exchanges > 0 && in.n == 0) {
		e->out.n += n; /* more of the same reply */
		return;
	}
	MUST(seen->exchanges < JUDGE_EXCHANGES_MAX);
	seen->exchange[seen->exchanges++] =
	    (struct exchange){ in, { seen->out + seen->out_n, n } };
}

ssize_t
__wrap_os_write(int fd, const char *octets, size_t n, bool shared)
{
	if (fd == LOG)
		return __wrap_write(fd, octets, n);
	MUST(!shared);
	MUST(fd == OUT && n > 0 && n <= JUDGE_OUTPUT_MAX - seen->out_n);
	if (way == OCTETS)
		note_exchange(n);
	else
		n = piece_of(n);
	memcpy(seen->out + seen->out_n, octets, n);
	seen->out_n += n;
	return (ssize_t)n;
}

/* If faults are selected, every eighth disk call fails with errno. */
static int
fail_at_times(void)
{
	static const int errors[] = { EIO, ENOSPC, EDQUOT };

	if (!running || ++disk_calls % 8 != fault || fault == 0)
		return 0;
	errno = errors[disk_calls % 3];
	return -1;
}

int
__wrap_os_sync(int fd)
{
	MUST(fd > LOG);
	return fail_at_times();
}

int
__wrap_file_open_unnamed(int dir, const char *dir_path, int mode)
{
	return fail_at_times() < 0
	    ? -1
	    : __real_file_open_unnamed(dir, dir_path, mode);
}

int
__wrap_file_link_unnamed(int fd, int dir, const char *to)
{
	return fail_at_times() < 0 ? -1 : __real_file_link_unnamed(fd, dir, to);
}

int
__wrap_os_free_space(int dir, uint64_t *ret_octets)
{
	(void)dir;
	*ret_octets = 1 << 30;
	return 0;
}

int
__wrap_sandbox_enter(int dir, const char *dir_path,
    enum sandbox_outside outside)
{
	MUST(dir > LOG && dir_path == mail);
	MUST(outside == SANDBOX_READ_ONLY ||
	    (outside == SANDBOX_WRITING) == session->options.commands);
	return 0;
}

void
__wrap_log_open(bool by_syslog)
{
	(void)by_syslog;
}

/* The monitor is in the same process.  It must never find fault with a
 * request. */
int
__wrap_request_send(struct requests *r, const struct request *q,
    struct answer *ret)
{
	struct monitor *m = &session->monitor;
	struct answer a;
	bool has_answer;

	MUST(r == &m->requests);
	MUST(session->options.commands || session->options.tls);
	m->request = *q;
	MUST(service_run(m, &a) == NULL);
	has_answer = request_has_answer(q->kind);
	MUST(
	    has_answer == (q->kind == REQUEST_RUN || q->kind == REQUEST_CLEAR));
	if (has_answer) {
		MUST(a.error == 0);
		*ret = a;
	}
	return 0;
}

/* The process of a command is this one, too. */
pid_t
__wrap_process_start(const struct process *p)
{
	MUST(p->run(p->of) == EX_OK);
	return COMMAND;
}

bool
__wrap_process_wait(pid_t pid, int64_t deadline, int *ret_status)
{
	MUST(pid == COMMAND && deadline >= 0);
	*ret_status = EX_OK;
	return true;
}

bool
__wrap_children_end_with(pid_t parent, int sig)
{
	MUST(parent == getpid() && sig == SIGTERM);
	return true;
}

/* Checks that a log record is one printable line, so that the client cannot
 * send control octets to a terminal. */
ssize_t
__wrap_write(int fd, const void *octets, size_t n)
{
	static const char begin[] = "smtp-stdio[1]: ";
	struct span line = { octets, n };

	if (fd != LOG || !running)
		return __real_write(fd, octets, n);
	MUST(span_take_word(&line, begin));
	MUST(line.n > 0 && line.s[--line.n] == '\n');
	MUST(span_all(line, is_printable));
	seen->log_accepted += span_take_word(&line, "accepted ");
	return (ssize_t)n;
}

/* Checks the envelope of a `||` command, which follows the message. */
static void
judge_envelope(const struct command *c)
{
	static char octets[JUDGE_INPUT_MAX];
	const struct request *q = c->request;
	struct span rest = { octets, q->envelope_n }, address;
	char unquoted[PATH_MAX_OCTETS];
	size_t n = 0;

	MUST(q->envelope >= q->size && rest.n <= sizeof(octets));
	MUST(pread(c->exchange, octets, rest.n, (off_t)q->envelope) ==
	    (ssize_t)rest.n);
	address = fuzz_part(&rest, '\0');
	MUST(span_take(&address, 'F'));
	MUST(octets_same(address,
	    path_unquote(session->envelope.sender, unquoted)));
	while (rest.n > 1) {
		address = fuzz_part(&rest, '\0');
		MUST(span_take(&address, 'T') && address.n > 0);
		n++;
	}
	MUST(n > 0 && n <= 2 * session->envelope.rcpts);
	MUST(rest.n == 1 && rest.s[0] == '\0');
}

/* Runs no program: the words say how it ends. */
void
__wrap_command_run(const struct command *c, struct answer *ret)
{
	static const char begin[] = "Return-Path: <";
	static const struct {
		const char *line, *recipient;
		int64_t status;
	} commands[] = { { "/bin/false", "fail@b", 1 },
		{ "/bin/no", "no@b", 65 }, { "/bin/say", "say@b", 67 },
		{ "/bin/true", "run@b", 0 }, { "/bin/true -x", "every@b", 0 } };
	const struct request *q = c->request;
	char start[sizeof(begin) - 1];
	size_t i;

	MUST(c->deadline > now && q->id[0]);
	MUST(pread(c->exchange, start, sizeof(start), 0) == sizeof(start));
	MUST(memcmp(start, begin, sizeof(start)) == 0);
	MUST(q->size == session->spool.size);
	MUST(
	    lseek(c->exchange, 0, SEEK_END) == (off_t)session->spool.exchanged);
	if (c->has_envelope)
		judge_envelope(c);
	for (i = 0; strcmp(c->line, commands[i].line) != 0; i++)
		MUST(i + 1 < sizeof(commands) / sizeof(*commands));
	MUST(strcmp(q->recipient, commands[i].recipient) == 0);
	ret->status = commands[i].status;
	request_text(ret->words, sizeof(ret->words),
	    span_of("550  5.7.1  said so"));
}

/* Counts the positive outcomes, and the Maildirs that must have the message. */
void
__wrap_delivery_run(struct delivery *d, const struct envelope *e,
    struct spool *s)
{
	struct delivered *m = &seen->message[seen->messages++];
	bool wanted[ENVELOPE_MAX] = { false };
	size_t i, use, first, end;

	MUST(seen->messages <= JUDGE_MESSAGES_MAX);
	*m = (struct delivered){ .at = seen->at,
		.q = s->messages,
		.rcpts = e->rcpts };
	__real_delivery_run(d, e, s);
	MUST(d->outcomes == (d->per_recipient ? e->rcpts : 1));
	for (i = 0; i < d->outcomes; i++) {
		first = d->per_recipient ? e->rcpt[i].first : 0;
		end = d->per_recipient ? first + e->rcpt[i].n : e->uses;
		m->may_end = m->may_end || d->outcome[i].close ||
		    d->outcome[i].wait > 0 ||
		    (d->outcome[i].result == DELIVERY_REFUSED &&
		        strncmp(d->outcome[i].words, "421", 3) == 0);
		if (d->outcome[i].result != DELIVERY_DONE)
			continue;
		m->accepted++;
		for (use = d->per_recipient ? i : 0;
		     use < (d->per_recipient ? i + 1 : e->rcpts); use++)
			m->logged += e->rcpt[use].n > 0;
		for (use = first; use < end; use++)
			if (e->use[use] >= 0)
				wanted[e->use[use]] = true;
	}
	if (m->logged > SESSIONLOG_RCPTS_MAX) /* and one for the others */
		m->logged = SESSIONLOG_RCPTS_MAX + 1;
	for (i = 0; i < e->boxes; i++)
		m->files += wanted[i];
}

/* True if BODY starts with a line that could be part of the trace lines. */
static bool
needs_line(struct span body)
{
	size_t i = 0;

	if (body.n == 0 || body.s[0] == '\n' ||
	    (body.n >= 5 && !memcmp(body.s, "From ", 5)))
		return false;
	while (i < body.n && body.s[i] > ' ' && body.s[i] < 127 &&
	    body.s[i] != ':')
		i++;
	if (i == 0)
		return true;
	while (i < body.n && (body.s[i] == ' ' || body.s[i] == '\t'))
		i++;
	return i >= body.n || i >= 998 || body.s[i] != ':';
}

/* Checks that a file holds the trace lines, then the body and nothing else. */
static void
judge_file(int dir, const char *name, struct delivered *m)
{
	static char content[2 * JUDGE_INPUT_MAX + TRACE_MAX];
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n = read(fd, content, sizeof(content));
	const char *size = strstr(name, ",S=");
	struct span rest, line;

	close(fd);
	MUST(n >= 0 && size && strtoul(size + 3, NULL, 10) == (size_t)n);
	rest = (struct span){ content, (size_t)n };
	MUST(span_take_word(&rest, "Return-Path: <"));
	line = fuzz_part(&rest, '\n');
	MUST(line.n > 0 && line.s[line.n - 1] == '>');
	if (m->rcpts == 1)
		MUST(span_take_word(&rest, "Delivered-To: "));
	if (m->rcpts == 1)
		fuzz_part(&rest, '\n');
	while (m->rcpts > 1 && span_take_word(&rest, "Delivered-To: "))
		fuzz_part(&rest, '\n'); /* they have one Maildir */
	MUST(span_take_word(&rest, "Received: from "));
	fuzz_part(&rest, '\n');
	if (session->options.proxy && span_take_word(&rest, "\t("))
		fuzz_part(&rest, '\n'); /* TLS parameters */
	MUST(span_take_word(&rest, "\tby mail.example.org with "));
	fuzz_part(&rest, '\n');
	if (m->rcpts == 1) {
		MUST(span_take_word(&rest, "\tfor <"));
		fuzz_part(&rest, '\n');
	}
	if (needs_line(m->body))
		MUST(span_take(&rest, '\n'));
	MUST(octets_same(rest, m->body));
	m->found++;
}

static struct delivered *
message_of(const char *name)
{
	const char *q = strchr(name, 'Q');
	size_t i;

	MUST(q);
	for (i = 0; i < seen->messages; i++)
		if (seen->message[i].q == strtoul(q + 1, NULL, 10))
			return &seen->message[i];
	fuzz_fail(__FILE__, __LINE__, "mail was delivered by delivery_run()");
}

/* Checks all stored mail and removes it. */
static void
judge_mail(void)
{
	struct delivered *m;
	struct dirent *entry;
	size_t i, n;

	for (i = 0; i < BOXES; i++) {
		rewinddir(new_of[i]);
		while ((entry = readdir(new_of[i]))) {
			if (entry->d_name[0] == '.')
				continue;
			m = message_of(entry->d_name);
			m->holds |= 1U << i;
			judge_file(dirfd(new_of[i]), entry->d_name, m);
			n = (size_t)unlinkat(dirfd(new_of[i]), entry->d_name,
			    0);
			MUST(n == 0);
		}
	}
	for (i = 0; i < seen->messages; i++) {
		m = &seen->message[i];
		MUST(m->found == m->files);
		MUST(!m->known || m->holds == m->boxes);
	}
}

/* Returns which descriptors from LOG + 1 to 39 are open, one bit each. */
static uint64_t
descriptors(void)
{
	uint64_t open = 0;
	int fd;

	for (fd = LOG + 1; fd < 40; fd++)
		open = open << 1 | (fcntl(fd, F_GETFD) >= 0);
	return open;
}

/* Closes the pipes between session and monitor, which are not used. */
static void
close_pipes(struct monitor *m)
{
	close(m->from);
	close(m->to);
	close(m->requests.from);
	close(m->requests.to);
	m->from = m->to = m->requests.from = m->requests.to = -1;
}

static void
serve_one(const struct options *o, struct seen *one)
{
	uint64_t before = descriptors();

	seen = one;
	seen->at = seen->out_n = 0;
	seen->exchanges = seen->messages = seen->log_accepted = 0;
	now = 0;
	disk_calls = 0;
	ASAN_UNPOISON_MEMORY_REGION(session, sizeof(*session));
	madvise(session, sizeof(*session), MADV_DONTNEED);
	session->options = *o;
	wire_open(&session->wire, IN, OUT, o->lf);
	MUST(begin_open(session) == 0);
	if (monitor_is_needed(o))
		close_pipes(&session->monitor);

	running = true;
	seen->exit_code = run(session);
	running = false;
	if (o->commands)
		close(session->monitor.requests.exchange);
	close(session->recipients.users.list.fd);
	close(session->site.mail);
	MUST(descriptors() == before); /* no other descriptor leaks */
}

static void
take_away(void)
{
	scratch_close(&scratch);
}

/* Creates the Maildirs beforehand, since creating one syncs once more. */
static void
make_mail(void)
{
	struct file_id id;
	int i, dir;

	snprintf(mail, sizeof(mail), "%s/mail", scratch.dir);
	MUST(maildir_root(mail, &dir) == 0);
	for (i = 0; i < BOXES; i++) {
		MUST(maildir_ready(dir, boxes[i], &id) == 0);
		snprintf(path, sizeof(path), "%s/%s/new", mail, boxes[i]);
		new_of[i] = opendir(path);
		MUST(new_of[i]);
	}
	close(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int i, fd;

	(void)argc;
	(void)argv;
	umask(077);
	scratch_open(&scratch);
	atexit(take_away);
	make_mail();
	for (i = 0; i < 2; i++) {
		snprintf(users_files[i], sizeof(users_files[i]), "%s/users%d",
		    scratch.dir, i);
		fd = open(users_files[i], O_WRONLY | O_CREAT, 0600);
		MUST(dprintf(fd, "%s%s", i ? "# sorted\n" : "", users) > 0);
		close(fd);
	}
	session = mmap(NULL, sizeof(*session), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(session != MAP_FAILED);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	unsigned bits = fuzz_octet(&in), more = fuzz_octet(&in);
	struct options o = { .users = users_files[bits >> 3 & 1],
		.mail = mail,
		.name = "mail.example.org",
		.size = bits & 0x20 ? 10 : 50 << 20,
		.recipients = bits & 0x40 ? 3 : ENVELOPE_MAX,
		.timeout = 300,
		.deadline = 3600,
		.command_time = 300,
		.lmtp = bits & 1,
		.lab = bits & 2,
		.lf = bits & 4,
		.commands = bits & 0x10,
		.tls = bits & 0x80 ? "/bin/true" : NULL,
		.proxy = more & 0x40 };
	struct manner m = { o.lmtp, o.lab, o.lf, more >> 3 & 7, o.proxy,
		o.size };
	size_t i;

	in = fuzz_expand(in, input, sizeof(input));
	ending = more & 3;
	fault = more >> 3 & 7;
	random_state = n * 256 + more + 1;
	by_octets.in = in_pieces.in = in;

	way = OCTETS;
	serve_one(&o, &by_octets);
	judge_session(&by_octets, &m, bodies);
	judge_mail();

	way = more & 4 ? WHOLE : PIECES;
	serve_one(&o, &in_pieces);
	MUST(in_pieces.exit_code == by_octets.exit_code);
	MUST(in_pieces.log_accepted == by_octets.log_accepted);
	MUST(octets_same((struct span){ in_pieces.out, in_pieces.out_n },
	    (struct span){ by_octets.out, by_octets.out_n }));
	MUST(in_pieces.messages == by_octets.messages);
	for (i = 0; i < in_pieces.messages; i++) {
		in_pieces.message[i].body = by_octets.message[i].body;
		in_pieces.message[i].known = by_octets.message[i].known;
		in_pieces.message[i].boxes = by_octets.message[i].boxes;
	}
	judge_mail();
	return 0;
}
