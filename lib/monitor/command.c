/* Runs a program that receives a message.  See command.h. */
#include "monitor/command.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/tempfile.h"
#include "base/text.h"
#include "monitor/job.h"
#include "monitor/state.h"
#include "smtp/peer.h"

enum {
	BLOCK = 32 * 1024,
};

static_assert((int)USERFILE_LINE_MAX <= (int)PROCESS_LINE_MAX &&
        (int)OPTIONS_COMMAND_MAX <= (int)PROCESS_LINE_MAX,
    "the words of a line and of an option can be executed");

/* Copies N octets of the exchange from OFFSET on to a new file.  Returns its
 * read-only descriptor, or -1 with errno. */
static int
copy(const struct command *c, uint64_t offset, uint64_t n)
{
	char block[BLOCK];
	struct file_range from = { c->exchange, offset, n };
	int reader = -1, fd = tempfile_scratch(c->mail, &reader);

	if (fd < 0)
		return -1;
	if (file_copy(from, fd, block, sizeof(block)) < 0) {
		file_close(reader);
		reader = -1;
	}
	file_close(fd);
	return reader;
}

/* Executes the command OF in the child.  The names on the client are those of
 * Postfix's local(8). */
static int
exec_command(void *of)
{
	const struct command *c = of;
	const struct request *q = c->request;
	struct span cipher = span_of(c->peer->tls);
	struct span tls = span_take_until(&cipher, ' ');
	struct span name = peer_name(c->proxied);
	char size[TEXT_NUMBER_MAX], port[TEXT_NUMBER_MAX];
	struct process_variable ours[] = {
		{ "SENDER", span_of(q->sender) },
		{ "SMTP_ID", span_of(q->id) },
		{ "SMTP_SIZE", text_of_number(size, q->size) },
		{ "CLIENT_ADDRESS", span_of(c->peer->address) },
		{ "CLIENT_PORT", text_of_number(port, c->peer->port) },
		{ "CLIENT_HOSTNAME", name.n > 0 ? name : span_of("unknown") },
		{ "CLIENT_HELO", span_of(q->helo) },
		{ "CLIENT_PROTOCOL", span_of(q->protocol) },
		{ "SASL_USERNAME", span_of(c->user) },
		{ "TLS_PROTOCOL", tls },
		{ "TLS_CIPHER", span_trim(cipher) },
		{ "RECIPIENT", span_of(q->recipient) },
		{ "LOCAL", span_of(q->local) },
		{ "EXTENSION", span_of(q->extension) },
		{ "DOMAIN", span_of(q->domain) },
	};
	enum { N = sizeof(ours) / sizeof(*ours), OF_RECIPIENT = 4 };
	size_t i;

	for (i = N - OF_RECIPIENT; c->has_envelope && i < N; i++)
		unsetenv(ours[i].name);
	process_exec_line(c->line, ours,
	    c->has_envelope ? N - OF_RECIPIENT : N);
	return EX_TEMPFAIL; /* the program may be installed later */
}

struct command
command_for(const struct monitor *m, int64_t deadline)
{
	return (struct command){ .mail = m->mail,
		.exchange = m->requests.exchange,
		.output = -1,
		.request = &m->request,
		.peer = &m->peer,
		.proxied = m->options->proxy,
		.user = m->user,
		.deadline = deadline };
}

/* Starts and waits for the job of C, whose standard input is MESSAGE. */
static void
run_job(const struct command *c, int message, int envelope, struct answer *ret)
{
	struct job job = { .process = { .fd = { message, -1, -1, envelope },
		               .run = exec_command,
		               .of = (void *)(uintptr_t)c },
		.id = span_of(c->request->id),
		.deadline = c->deadline,
		.file = c->output,
		.file_max = c->output_max };

	if (job_run(&job) < 0) {
		ret->error = errno;
		return;
	}
	ret->error = job.out.error;
	ret->status = job.status;
	ret->size = c->output < 0 ? 0 : job.out.size;
	request_text(ret->words, sizeof(ret->words), output_last(&job.err));
}

void
command_run(const struct command *c, struct answer *ret)
{
	const struct request *q = c->request;
	int message = copy(c, 0, q->size), envelope = -1;

	if (c->has_envelope && message >= 0)
		envelope = copy(c, q->envelope, q->envelope_n);
	if (message < 0 || (envelope < 0 && c->has_envelope))
		ret->error = errno;
	else
		run_job(c, message, envelope, ret);
}
