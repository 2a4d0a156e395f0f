/* The client's side of a connection.  See conversation.h. */
#include "client/conversation.h"

#include <limits.h>
#include <poll.h>

#include "base/file.h"
#include "base/os.h"
#include "client/recorder.h"

enum {
	CODE_CHALLENGE = 334, /* RFC 4954 4 */
	CODE_GO_AHEAD = 354,
	QUOTED_MAX = 60, /* octets of a line that a message repeats */
};

static bool
is_in_line(unsigned char c)
{
	return c != '\r' && c != '\n';
}

void
conversation_init(struct conversation *d, struct terminal terminal,
    int64_t timeout)
{
	*d = (struct conversation){ .due = true,
		.from = { .max = RECORDER_HEARD_MAX },
		.terminal = terminal,
		.timeout = timeout };
}

/* Updates the state from a piece of a reply.  Only the last line of a reply has
 * no `-` after the code (RFC 5321 4.2.1). */
static void
understand(struct conversation *d, struct piece piece)
{
	struct span line = piece.octets;
	struct span digits = span_take_n(&line, 3);
	uint64_t code;

	if (piece.first) {
		d->final = span_number(digits, &code) &&
		    (line.n == 0 || line.s[0] != '-');
		if (d->final)
			d->code = (unsigned)code;
	}
	if (piece.last && d->final) {
		d->in_data = d->code == CODE_GO_AHEAD;
		d->secret.challenged = d->code == CODE_CHALLENGE;
		d->due = false;
		d->reply_since = 0;
	}
}

/* Prints BEFORE, the start of LINE in quotation marks, and AFTER. */
static void
complain_about(const char *before, struct span line, const char *after)
{
	char buffer[QUOTED_MAX * 4 + 256];
	struct text t = text_in(buffer, sizeof(buffer));

	text_add(&t, before);
	text_add(&t, ", but \"");
	terminal_escape(&t, span_take_n(&line, QUOTED_MAX));
	text_char(&t, '"');
	text_add(&t, after);
	terminal_complain(text_end(&t));
}

static void
complain_of_silence(const struct conversation *d)
{
	struct span half = linereader_buffered(&d->from);

	if (half.n > 0)
		complain_about("nothing within 5 s", half,
		    ": does the server end its lines with CR LF?");
	else if (d->heard)
		terminal_complain("nothing within 5 s:"
		                  " does the server reply to this line?");
	else
		terminal_complain("nothing within 5 s: does the server speak"
		                  " first, and end its lines with CR LF?");
}

/* Returns when the wait for the current reply began.  A line that answers
 * nothing has its own time. */
static int64_t
start_of_wait(struct conversation *d)
{
	int64_t now = os_monotonic_ms();

	if (!d->due)
		return now;
	if (d->reply_since == 0)
		d->reply_since = now;
	return d->reply_since;
}

/* Waits for a line of the server, or its end.  If none came in
 * CONVERSATION_PATIENCE, says so and waits on.  False: the reply is not
 * complete within the timeout. */
static bool
wait_for_line(struct conversation *d)
{
	struct pollfd p = { d->from.fd, POLLIN, 0 };
	int64_t start = start_of_wait(d), left, wait;
	bool patient = true;

	if (os_monotonic_ms() - start >= d->timeout)
		d->timed_out = true;
	while (!d->timed_out && !linereader_is_ready(&d->from)) {
		left = start + d->timeout - os_monotonic_ms();
		wait = left;
		if (patient && left > CONVERSATION_PATIENCE)
			wait = CONVERSATION_PATIENCE;
		if (wait > 0 && poll(&p, 1, (int)wait) != 0) {
			linereader_fill(&d->from);
		} else if (left <= 0) {
			d->timed_out = true;
		} else if (patient) {
			patient = false;
			complain_of_silence(d);
		}
	}
	return !d->timed_out;
}

/* Names the first line that does not end with CR LF (RFC 5321 2.3.8). */
static void
check_line_end(struct conversation *d, struct piece piece)
{
	if (!piece.last || piece.crlf || d->named_line_end)
		return;
	d->named_line_end = true;
	complain_about("a line must end with CR LF", piece.octets,
	    d->from.eof ? " has no end" : " ended with LF alone");
}

bool
conversation_hear(struct conversation *d, struct span *ret)
{
	struct piece piece;

	if (!wait_for_line(d) || !linereader_next(&d->from, &piece)) {
		d->lost = true;
		return false;
	}
	d->heard = true;
	check_line_end(d, piece);
	if (d->recorder)
		recorder_heard(d->recorder, piece, d->ended);
	understand(d, piece);
	*ret = piece.octets;
	return true;
}

void
conversation_show(const struct conversation *d, struct span line, bool differs)
{
	terminal_line(&d->terminal,
	    differs ? TERMINAL_DIFFERS : TERMINAL_RECEIVED, "Server: ", line);
}

bool
conversation_hear_line(struct conversation *d, struct span *ret)
{
	if (!conversation_hear(d, ret))
		return false;
	conversation_show(d, *ret, false);
	return true;
}

const char *
conversation_loss(const struct conversation *d)
{
	if (d->timed_out)
		return "the server did not reply, or read, within the timeout";
	return d->heard ? "the connection was closed by the server"
	                : "not connected: nothing came from the server";
}

void
conversation_hear_reply(struct conversation *d)
{
	struct span line;

	while (d->due && conversation_hear_line(d, &line))
		;
}

/* Waits until PIPE_BUF octets can be written, which then do not block.  Reads
 * meanwhile: the server may wait until its own output is read.  False: it did
 * not read within the timeout. */
static bool
wait_to_write(struct conversation *d)
{
	struct pollfd p[] = { { d->to, POLLOUT, 0 },
		{ d->from.fd, POLLIN, 0 } };
	int64_t end = os_monotonic_ms() + d->timeout, left;

	for (;;) {
		left = end - os_monotonic_ms();
		if (left < 0)
			return false;
		p[1].fd = linereader_has_room(&d->from) ? d->from.fd : -1;
		if (poll(p, 2, (int)left) < 0)
			continue;
		if (p[0].revents)
			return true;
		if (p[1].revents)
			linereader_fill(&d->from);
	}
}

static void
send_octets(struct conversation *d, struct span octets)
{
	struct span part;

	while (octets.n > 0 && !d->closed) {
		part = span_take_n(&octets, PIPE_BUF);
		if (!wait_to_write(d))
			d->closed = d->timed_out = true;
		else if (file_write_all(d->to, part.s, part.n) < 0)
			d->closed = true;
	}
}

static void
record_line(struct conversation *d, struct piece piece)
{
	if (!d->recorder)
		return;
	if (d->in_data || !secret_hides(&d->secret, &piece.octets, piece.last))
		recorder_sent_line(d->recorder, piece);
	else if (piece.first)
		recorder_hidden_line(d->recorder, piece.octets);
}

/* Takes a line from the front of *REST; CR, LF or CRLF ends it, and is in
 * *RET_END, which is empty if there is none. */
static struct span
take_line(struct span *rest, struct span *ret_end)
{
	struct span line = span_take_while(rest, is_in_line), end = *rest;

	span_take(rest, '\r');
	span_take(rest, '\n');
	end.n -= rest->n;
	*ret_end = end;
	return line;
}

/* Records the lines in OCTETS, each with a password as one of its own. */
static void
record_octets(struct conversation *d, struct span octets)
{
	struct span before = { octets.s, 0 }, line, end;

	while (octets.n > 0 && !d->in_data) {
		line = take_line(&octets, &end);
		if (!secret_hides(&d->secret, &line, end.n > 0)) {
			before.n = (size_t)(octets.s - before.s);
			continue;
		}
		recorder_sent(d->recorder, before);
		recorder_hidden(d->recorder, line, end);
		before = (struct span){ octets.s, 0 };
	}
	before.n += octets.n; /* of a message: there are no passwords */
	recorder_sent(d->recorder, before);
}

void
conversation_say(struct conversation *d, struct span octets)
{
	conversation_hear_reply(d);
	terminal_line(&d->terminal, TERMINAL_SENT, "Client: ", octets);
	if (d->recorder)
		record_octets(d, octets);
	send_octets(d, octets);
}

void
conversation_say_line(struct conversation *d, struct piece piece)
{
	bool dot = piece.first && piece.last && span_is(piece.octets, ".");

	conversation_hear_reply(d);
	if (piece.first)
		terminal_line(&d->terminal, TERMINAL_SENT,
		    "Client: ", piece.octets);
	record_line(d, piece);
	send_octets(d, piece.octets);
	if (!piece.last)
		return;
	send_octets(d, span_of("\r\n"));
	if (dot)
		d->in_data = false;
	d->due = !d->in_data;
	d->reply_since = 0;
}
