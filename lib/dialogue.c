/* The client's side of a connection.  See dialogue.h. */
#include "dialogue.h"

#include <unistd.h>

#include "file.h"
#include "text.h"

enum {
	SHOWN_MAX = 1000, /* octets shown of a line */
	CODE_GO_AHEAD = 354,
};

void
dialogue_show(const char *who, struct span line)
{
	char buffer[SHOWN_MAX * 4 + 32];
	struct text t = text_in(buffer, sizeof(buffer));
	struct span rest = span_take_some(&line, SHOWN_MAX);

	text_add(&t, who);
	for (; rest.n > 0; span_take_some(&rest, 1))
		if (is_printable((unsigned char)rest.s[0]))
			text_char(&t, rest.s[0]);
		else
			text_escaped(&t, (unsigned char)rest.s[0]);
	text_char(&t, '\n');
	file_write_all(STDOUT_FILENO, t.s, t.n); /* who reads it is not us */
}

/* Only the last line of a reply has no `-` behind the code, RFC 5321 4.2.1. */
static void
understand(struct dialogue *d, struct span line)
{
	struct span digits = span_take_some(&line, 3);
	uint64_t code;

	if (!span_number(digits, &code) || (line.n > 0 && line.s[0] == '-'))
		return;
	d->code = (unsigned)code;
	d->in_data = code == CODE_GO_AHEAD;
	d->due = false;
}

/* The next line of the server, which is shown.  False: there is none. */
bool
dialogue_hear_line(struct dialogue *d, struct span *ret)
{
	struct piece piece;

	if (!reader_next(&d->from, &piece)) {
		d->lost = true;
		return false;
	}
	dialogue_show("Server: ", piece.octets);
	understand(d, piece.octets);
	*ret = piece.octets;
	return true;
}

void
dialogue_hear_reply(struct dialogue *d)
{
	struct span line;

	while (d->due && dialogue_hear_line(d, &line))
		;
}

void
dialogue_say(struct dialogue *d, struct span octets)
{
	if (!d->closed && file_write_all(d->to, octets.s, octets.n) < 0)
		d->closed = true;
}

void
dialogue_say_line(struct dialogue *d, struct piece piece)
{
	bool dot = piece.first && piece.last && span_is(piece.octets, ".");

	dialogue_hear_reply(d);
	dialogue_say(d, piece.octets);
	if (!piece.last)
		return;
	dialogue_say(d, span_of("\r\n"));
	if (dot)
		d->in_data = false;
	d->due = !d->in_data;
}
