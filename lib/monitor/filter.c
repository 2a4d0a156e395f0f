/* Runs the program of --filter.  See filter.h. */
#include "monitor/filter.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tempfile.h"
#include "monitor/command.h"
#include "monitor/work.h"

enum {
	MORE = 64 * 1024, /* octets that a filter may add */
	BLOCK = 32 * 1024,
};

/* Empties the exchange and copies N octets of the file FROM to it. */
static int
put_in_exchange(const struct monitor *m, int from, uint64_t n)
{
	char block[BLOCK];
	struct file_range octets = { from, 0, n };

	if (state_clear_exchange(m) < 0)
		return -1;
	return file_copy(octets, m->requests.exchange, block, sizeof(block));
}

static void
run(struct work *w, struct answer *ret)
{
	struct monitor *m = w->m;
	uint64_t size = m->options->size;
	const struct command c = { .mail = m->mail,
		.exchange = m->requests.exchange,
		.line = m->options->filter,
		.has_envelope = true,
		.output = tempfile_scratch(m->mail, NULL),
		.output_max = size > 0 ? size + MORE : UINT64_MAX,
		.request = &m->request,
		.peer = &m->peer,
		.proxied = m->options->proxy,
		.user = m->user,
		.deadline = w->deadline };

	if (c.output < 0) {
		ret->error = errno;
		return;
	}
	command_run(&c, ret);
	if (ret->error == 0 && ret->status == 0 && ret->size > 0 &&
	    put_in_exchange(m, c.output, ret->size) < 0)
		ret->error = errno;
	close(c.output);
}

void
filter_run(struct monitor *m, struct answer *ret)
{
	struct work work = { .m = m,
		.run = run,
		.deadline = state_command_deadline(m) };

	work_run(&work, ret);
}
