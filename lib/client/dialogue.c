/* The client's side of a connection.  See dialogue.h. */
#include "client/dialogue.h"

#include "base/file.h"
#include "client/scribe.h"

enum {
	CODE_CHALLENGE = 334, /* what is sent next is secret, RFC 4954 4 */
	CODE_GO_AHEAD = 354,
};

void
dialogue_init(struct dialogue *d, struct screen screen, struct scribe *scribe)
{
	*d = (struct dialogue){ .due = true,
		.from = { .most = SCRIBE_HEARD_MAX },
		.screen = screen,
		.scribe = scribe };
}

/* Only the last line of a reply has no `-` behind the code, RFC 5321 4.2.1. */
static void
understand(struct dialogue *d, struct piece piece)
{
	struct span line = piece.octets;
	struct span digits = span_take_some(&line, 3);
	uint64_t code;

	if (piece.first) {
		d->final = span_number(digits, &code) &&
		    (line.n == 0 || line.s[0] != '-');
		if (d->final)
			d->code = (unsigned)code;
	}
	if (piece.last && d->final) {
		d->in_data = d->code == CODE_GO_AHEAD;
		d->due = false;
	}
}

bool
dialogue_hear(struct dialogue *d, struct span *ret)
{
	struct piece piece;

	if (!reader_next(&d->from, &piece)) {
		d->lost = true;
		return false;
	}
	if (d->scribe)
		scribe_heard(d->scribe, piece, d->ended);
	understand(d, piece);
	*ret = piece.octets;
	return true;
}

void
dialogue_show(const struct dialogue *d, struct span line, bool differs)
{
	screen_line(&d->screen, differs ? SCREEN_DIFFERS : SCREEN_RECEIVED,
	    "Server: ", line);
}

bool
dialogue_hear_line(struct dialogue *d, struct span *ret)
{
	if (!dialogue_hear(d, ret))
		return false;
	dialogue_show(d, *ret, false);
	return true;
}

void
dialogue_hear_reply(struct dialogue *d)
{
	struct span line;

	while (d->due && dialogue_hear_line(d, &line))
		;
}

static void
send_octets(struct dialogue *d, struct span octets)
{
	if (!d->closed && file_write_all(d->to, octets.s, octets.n) < 0)
		d->closed = true;
}

/* Is this the start of a line that holds a password?  Then it is cut to what
 * may be recorded of it. */
static bool
hide(const struct dialogue *d, struct piece *piece)
{
	size_t n = piece->octets.n;

	if (d->in_data)
		return false;
	if (d->code == CODE_CHALLENGE) {
		piece->octets.n = 0;
		return true;
	}
	return span_cut_secret(&piece->octets, "AUTH") &&
	    (piece->octets.n < n || !piece->last);
}

static void
record(struct dialogue *d, struct piece piece, bool raw)
{
	if (!d->scribe)
		return;
	if (piece.first) {
		d->hidden = hide(d, &piece);
		if (d->hidden)
			scribe_hidden_line(d->scribe, piece.octets);
	}
	if (d->hidden)
		return;
	if (raw)
		scribe_sent(d->scribe, piece.octets);
	else
		scribe_sent_line(d->scribe, piece);
}

void
dialogue_say(struct dialogue *d, struct span octets)
{
	struct piece whole = { octets, true, true, false };

	dialogue_hear_reply(d);
	screen_line(&d->screen, SCREEN_SENT, "Client: ", octets);
	record(d, whole, true);
	send_octets(d, octets);
}

void
dialogue_say_line(struct dialogue *d, struct piece piece)
{
	bool dot = piece.first && piece.last && span_is(piece.octets, ".");

	dialogue_hear_reply(d);
	if (piece.first)
		screen_line(&d->screen, SCREEN_SENT, "Client: ", piece.octets);
	record(d, piece, false);
	send_octets(d, piece.octets);
	if (!piece.last)
		return;
	send_octets(d, span_of("\r\n"));
	if (dot)
		d->in_data = false;
	d->due = !d->in_data;
}
