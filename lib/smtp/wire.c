/* Buffered input and output of the connection.  See wire.h. */
#include "smtp/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"

bool
wire_is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void
wire_open(struct wire *w, int in, int out, bool lf)
{
	w->in = in;
	w->out = out;
	w->lf = lf || isatty(in);
	w->line_max = WIRE_LINE_MAX;
}

static enum wire_result
broken(struct wire *w)
{
	w->error = errno;
	return WIRE_BROKEN;
}

static enum wire_result
result_of(struct wire *w, enum os_wait wait)
{
	switch (wait) {
	case OS_READY:
		break;
	case OS_TIMEOUT:
		return WIRE_TIMEOUT;
	case OS_TERMINATED:
		return WIRE_TERMINATED;
	case OS_FAILED:
		return broken(w);
	}
	return WIRE_OK;
}

/* Returns when a wait that starts now must end, as in os_monotonic_ms(). */
static int64_t
patience(const struct wire *w)
{
	int64_t idle = os_monotonic_ms() + w->idle;

	return idle < w->deadline ? idle : w->deadline;
}

static enum wire_result
send_queued(struct wire *w, int64_t until)
{
	enum wire_result r = WIRE_OK;
	size_t at = 0;
	ssize_t done;

	while (at < w->queued) {
		r = result_of(w, os_wait(w->out, POLLOUT, until));
		if (r != WIRE_OK)
			break;
		done = os_write(w->out, w->output + at, w->queued - at, false);
		if (done < 0) {
			r = broken(w);
			break;
		}
		at += (size_t)done;
		w->sent += (uint64_t)done;
	}
	w->queued = 0;
	return r;
}

enum wire_result
wire_flush(struct wire *w)
{
	if (w->queued > 0 && w->output_failed == WIRE_OK)
		w->output_failed = send_queued(w, patience(w));
	return w->output_failed;
}

enum wire_result
wire_pause(struct wire *w, unsigned seconds)
{
	enum wire_result r = wire_flush(w);
	int64_t end = os_monotonic_ms() + (int64_t)seconds * 1000;

	if (r != WIRE_OK)
		return r;
	if (end > w->deadline)
		end = w->deadline;
	r = result_of(w, os_wait(-1, POLLIN, end));
	return r == WIRE_TIMEOUT && end < w->deadline ? WIRE_OK : r;
}

void
wire_close(struct wire *w)
{
	if (w->output_failed == WIRE_OK)
		send_queued(w,
		    os_monotonic_ms()); /* a failure here cannot be reported */
}

void
wire_put(struct wire *w, struct span octets)
{
	struct span part;

	while (octets.n > 0 && w->output_failed == WIRE_OK) {
		part = span_take_n(&octets, WIRE_OUTPUT_MAX - w->queued);
		memcpy(w->output + w->queued, part.s, part.n);
		w->queued += part.n;
		w->put += part.n;
		if (w->queued == WIRE_OUTPUT_MAX)
			wire_flush(w);
	}
}

/* Moves the unread octets to the front of the buffer and reads more after them.
 * The callers ensure that the buffer is not full. */
static enum wire_result
fill(struct wire *w)
{
	enum wire_result r = wire_flush(w);
	int64_t until = patience(w);
	ssize_t got;

	if (r == WIRE_OK && os_monotonic_ms() >= w->deadline)
		r = WIRE_TIMEOUT; /* continuous input never waits */
	if (r != WIRE_OK)
		return r;
	if (w->start > 0)
		memmove(w->input, w->input + w->start, w->end - w->start);
	w->end -= w->start;
	w->start = 0;
	do {
		r = result_of(w, os_wait(w->in, POLLIN, until));
		if (r != WIRE_OK)
			return r;
		got =
		    os_read(w->in, w->input + w->end, WIRE_INPUT_MAX - w->end);
	} while (got < 0 && errno == EAGAIN); /* another reader was faster */
	if (got < 0)
		return broken(w);
	w->end += (size_t)got;
	w->got += (uint64_t)got;
	return got > 0 ? WIRE_OK : WIRE_EOF;
}

enum wire_result
wire_peek_at_least(struct wire *w, size_t n, struct span *ret_octets)
{
	enum wire_result r = w->output_failed;

	while (r == WIRE_OK && w->end - w->start < n)
		r = fill(w);
	if (r == WIRE_OK)
		*ret_octets =
		    (struct span){ w->input + w->start, w->end - w->start };
	return r;
}

enum wire_result
wire_peek(struct wire *w, struct span *ret_octets)
{
	return wire_peek_at_least(w, 1, ret_octets);
}

enum wire_result
wire_peek_at_most(struct wire *w, uint64_t n, struct span *ret_octets)
{
	enum wire_result r = wire_peek(w, ret_octets);

	if (r == WIRE_OK && ret_octets->n > n)
		ret_octets->n = (size_t)n;
	return r;
}

bool
wire_has_input(struct wire *w)
{
	if (w->start == w->end &&
	    os_wait(w->in, POLLIN, os_monotonic_ms()) == OS_READY)
		(void)fill(w); /* the next read reports a failure */
	return w->start < w->end;
}

void
wire_consume(struct wire *w, size_t n)
{
	w->start += n;
}

/* The unread octets are in between: fill() moves them to the front. */
void
wire_wipe(struct wire *w)
{
	os_wipe(w->head, WIRE_HEAD_MAX);
	os_wipe(w->input, w->start);
	os_wipe(w->input + w->end, WIRE_INPUT_MAX - w->end);
}

/* Skips the rest of a line that is too long, up to CRLF.  A bare LF does not
 * end it, unless LF is accepted as a line end. */
static enum wire_result
skip_long_line(struct wire *w)
{
	enum wire_result r = WIRE_OK;
	bool after_cr = false;
	const char *from, *lf;
	size_t n;

	while (r == WIRE_OK) {
		from = w->input + w->start;
		n = w->end - w->start;
		lf = n > 0 ? memchr(from, '\n', n) : NULL;
		if (lf) {
			n = (size_t)(lf - from) + 1;
			after_cr = n > 1 ? lf[-1] == '\r' : after_cr;
		}
		wire_consume(w, n);
		if (lf && (w->lf || after_cr))
			return WIRE_TOO_LONG;
		after_cr = n > 0 && from[n - 1] == '\r';
		if (!lf)
			r = fill(w);
	}
	return r;
}

/* Finds the LF of the next line, reading more input until it arrives. */
static enum wire_result
find_lf(struct wire *w, const char **ret_lf)
{
	enum wire_result r = WIRE_OK;
	size_t n, seen = 0;

	*ret_lf = NULL;
	while (r == WIRE_OK) {
		n = w->end - w->start;
		n = n < w->line_max ? n : w->line_max;
		*ret_lf = memchr(w->input + w->start + seen, '\n', n - seen);
		if (*ret_lf)
			break;
		if (n == w->line_max) {
			memcpy(w->head, w->input + w->start, WIRE_HEAD_MAX);
			return skip_long_line(w);
		}
		seen = n;
		r = fill(w);
	}
	return r;
}

enum wire_result
wire_line(struct wire *w, struct span *ret_line)
{
	enum wire_result r = w->output_failed;
	const char *lf;
	size_t n;

	*ret_line = (struct span){ w->input, 0 };
	if (r == WIRE_OK)
		r = result_of(w, os_check_deadline(w->deadline));
	if (r == WIRE_OK)
		r = find_lf(w, &lf);
	if (r == WIRE_TOO_LONG)
		*ret_line = (struct span){ w->head, WIRE_HEAD_MAX };
	if (r != WIRE_OK)
		return r;
	n = (size_t)(lf - (w->input + w->start));
	*ret_line = (struct span){ w->input + w->start, n };
	wire_consume(w, n + 1);
	if (n > 0 && lf[-1] == '\r')
		ret_line->n--;
	else if (!w->lf)
		return WIRE_BARE_LF;
	return WIRE_OK;
}
