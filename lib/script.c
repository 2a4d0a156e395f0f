/* A transcript, played by the client.  See script.h. */
#include "script.h"

#include <string.h>

#include "dialogue.h"
#include "text.h"

/* Two hexadecimal digits. */
static bool
take_hex(struct span *rest, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned value = 0;
	const char *at;
	size_t i;

	if (rest->n < 2)
		return false;
	for (i = 0; i < 2; i++) {
		at = memchr(digits, to_lower((unsigned char)rest->s[i]), 16);
		if (!at)
			return false;
		value = value << 4 | (unsigned)(at - digits);
	}
	span_take_some(rest, 2);
	*ret = (char)value;
	return true;
}

/* The octet behind a backslash. */
static bool
take_escape(struct span *rest, char *ret)
{
	if (span_take(rest, 'x'))
		return take_hex(rest, ret);
	if (span_take(rest, 'r'))
		*ret = '\r';
	else if (span_take(rest, 'n'))
		*ret = '\n';
	else if (span_take(rest, '\\'))
		*ret = '\\';
	else
		return false;
	return true;
}

/* Octets and escapes, sent at once.  False: one of them means nothing. */
static bool
say_raw(struct dialogue *d, struct span rest)
{
	char octets[READER_MAX], octet;
	struct text t = text_in(octets, sizeof(octets));

	while (rest.n > 0) {
		text_span(&t, span_take_until(&rest, '\\'));
		if (!span_take(&rest, '\\'))
			break;
		if (!take_escape(&rest, &octet))
			return false;
		text_char(&t, octet);
	}
	dialogue_hear_reply(d);
	dialogue_say(d, text_span_of(&t));
	return true;
}

/* Which line of the transcript it is about, in front of what is shown. */
static void
show_at(uint64_t number, const char *what, struct span line)
{
	char who[64];
	struct text t = text_in(who, sizeof(who));

	text_add(&t, what);
	text_add(&t, " in line ");
	text_number(&t, number, 0);
	text_add(&t, ": ");
	dialogue_show(text_end(&t), line);
}

static enum script_result
expect(struct dialogue *d, struct span want, uint64_t number)
{
	struct span line;
	bool same = false;

	if (dialogue_hear_line(d, &line))
		same = line.n == want.n && memcmp(line.s, want.s, want.n) == 0;
	if (!same)
		show_at(number, "Expected", want);
	if (d->lost)
		return SCRIPT_LOST;
	return same ? SCRIPT_OK : SCRIPT_DIFFERS;
}

static struct span
behind_blank(struct span rest)
{
	span_take(&rest, ' ');
	return rest;
}

/* What goes wrong is told by the line that needs the server next. */
static enum script_result
play_line(struct dialogue *d, struct piece line, uint64_t number)
{
	struct span rest = line.octets;
	bool ok = true;

	if (rest.n == 0 || rest.s[0] == '#')
		return SCRIPT_OK;
	if (d->lost)
		return SCRIPT_LOST;
	if (line.last && span_take_word(&rest, "S:"))
		return expect(d, behind_blank(rest), number);
	if (line.last && span_take_word(&rest, "R:"))
		ok = say_raw(d, behind_blank(rest));
	else if (span_take_word(&rest, "C:"))
		dialogue_say_line(d,
		    (struct piece){ .octets = behind_blank(rest),
		        .first = true,
		        .last = line.last });
	else
		ok = false;
	if (!ok)
		show_at(number, "Means nothing", line.octets);
	return ok ? SCRIPT_OK : SCRIPT_NONSENSE;
}

enum script_result
script_play(struct reader *file, struct dialogue *d)
{
	enum script_result r = SCRIPT_OK;
	uint64_t number = 0;
	struct piece piece;

	while (r == SCRIPT_OK && reader_next(file, &piece)) {
		if (piece.first)
			r = play_line(d, piece, ++number);
		else /* more of a long `C: ` */
			dialogue_say_line(d, piece);
	}
	return r;
}
