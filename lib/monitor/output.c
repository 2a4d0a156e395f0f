/* What a command writes.  See output.h. */
#include "monitor/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/os.h"

enum {
	BLOCK = 4096,
	BLOCKS_MAX = 64,           /* read after the end, for the log */
	FILE_BLOCKS_MAX = 1 << 16, /* more than any pipe holds */
};

void
output_begin(struct output *o, int fd, struct span id)
{
	o->fd = fd;
	o->id = id;
	o->file = -1;
	o->error = 0;
	o->lines = 0;
	o->n = 0;
	o->last_n = 0;
}

void
output_keep(struct output *o, int file, uint64_t max)
{
	o->file = file;
	o->max = max;
	o->size = 0;
}

/* Writes OCTETS to the file, up to the first failure. */
static void
write_octets(struct output *o, struct span octets)
{
	if (o->error)
		return;
	if (octets.n > o->max - o->size)
		o->error = EFBIG;
	else if (file_write_all(o->file, octets.s, octets.n) < 0)
		o->error = errno;
	else
		o->size += octets.n;
}

static size_t
kept(size_t n)
{
	return n < OUTPUT_LINE_MAX ? n : OUTPUT_LINE_MAX;
}

static void
begin_line(const struct output *o)
{
	log_begin(LOG_DONE, "output");
	if (o->id.n > 0)
		log_text("id", o->id);
}

/* Logs the current line and starts the next. */
static void
end_line(struct output *o)
{
	if (o->n > 0 && o->n <= OUTPUT_LINE_MAX && o->line[o->n - 1] == '\r')
		o->n--;
	if (o->n == 0)
		return;
	memcpy(o->last, o->line, kept(o->n));
	o->last_n = o->n;
	o->n = 0;
	if (++o->lines > OUTPUT_LINES_MAX)
		return;
	begin_line(o);
	log_text("text", (struct span){ o->last, kept(o->last_n) });
	log_end();
}

static void
take_octets(struct output *o, struct span octets)
{
	struct span part;
	size_t room;

	while (octets.n > 0) {
		part = span_take_until(&octets, '\n');
		room = OUTPUT_LINE_MAX - kept(o->n);
		memcpy(o->line + kept(o->n), part.s,
		    part.n < room ? part.n : room);
		o->n += part.n;
		if (span_take(&octets, '\n'))
			end_line(o);
	}
}

static void
finish(struct output *o)
{
	end_line(o);
	if (o->lines > OUTPUT_LINES_MAX) {
		begin_line(o);
		log_number("more", o->lines - OUTPUT_LINES_MAX);
		log_end();
	}
	close(o->fd);
	o->fd = -1;
}

void
output_take(struct output *o)
{
	char block[BLOCK];
	ssize_t n = os_read(o->fd, block, sizeof(block));
	struct span octets = { block, n > 0 ? (size_t)n : 0 };

	if (octets.n == 0)
		finish(o);
	else if (o->file >= 0)
		write_octets(o, octets);
	else
		take_octets(o, octets);
}

/* Another process may hold the other end of the pipe, and write to it.  What
 * is left then is not logged; a file without it is not complete. */
void
output_end(struct output *o)
{
	size_t i, max = o->file >= 0 ? FILE_BLOCKS_MAX : BLOCKS_MAX;

	for (i = 0; i < max && o->fd >= 0 &&
	     os_wait_regardless(o->fd, POLLIN, 0) == OS_READY;
	     i++)
		output_take(o);
	if (o->file >= 0 && i == max && o->error == 0)
		o->error = EFBIG;
	if (o->fd >= 0)
		finish(o);
}

struct span
output_last(const struct output *o)
{
	struct span line = { o->last, kept(o->last_n) };
	bool whole = o->last_n <= OUTPUT_LINE_MAX;

	return whole && span_all(line, is_not_control)
	    ? line
	    : (struct span){ o->last, 0 };
}
