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
	const struct options *o = w->m->options;
	struct command c = command_for(w->m, w->deadline);

	c.line = o->filter;
	c.has_envelope = true;
	c.output = tempfile_scratch(w->m->mail, NULL);
	c.output_max = o->size > 0 ? o->size + MORE : UINT64_MAX;
	if (c.output < 0) {
		ret->error = errno;
		return;
	}
	command_run(&c, ret);
	if (ret->error == 0 && ret->status == 0 && ret->size > 0 &&
	    put_in_exchange(w->m, c.output, ret->size) < 0)
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
