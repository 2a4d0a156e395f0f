/* Plays a transcript.  See transcript.h. */
#include "client/transcript.h"

#include <string.h>

#include "base/text.h"
#include "client/conversation.h"
#include "client/escape.h"
#include "client/glob.h"

/* Sends octets and escapes in one write.  False: an escape is invalid. */
static bool
say_raw(struct conversation *d, struct span rest)
{
	char octets[LINEREADER_MAX], octet;
	struct text t = text_in(octets, sizeof(octets));

	while (rest.n > 0) {
		text_span(&t, span_take_until(&rest, '\\'));
		if (!span_take(&rest, '\\'))
			break;
		if (!escape_take(&rest, &octet))
			return false;
		text_char(&t, octet);
	}
	conversation_say(d, text_span_of(&t));
	return true;
}

static bool
is_expected(struct span line, struct span want)
{
	if (line.n == want.n && memcmp(line.s, want.s, want.n) == 0)
		return true;
	return glob_matches(want, line);
}

static enum transcript_result
expect(struct conversation *d, struct transcript_fault *f)
{
	bool same;

	if (!conversation_hear(d, &f->got))
		return TRANSCRIPT_LOST;
	same = is_expected(f->got, f->want);
	conversation_show(d, f->got, !same);
	return same ? TRANSCRIPT_OK : TRANSCRIPT_DIFFERS;
}

static struct span
after_blank(struct span rest)
{
	span_take(&rest, ' ');
	return rest;
}

/* Plays one line, or its first piece.  Failures to send are not reported here;
 * a later line finds that the server is lost. */
static enum transcript_result
play_line(struct conversation *d, struct piece line, struct transcript_fault *f)
{
	struct span rest = line.octets;
	bool ok = true;

	f->want = (struct span){ NULL, 0 };
	if (rest.n == 0 || rest.s[0] == '#')
		return TRANSCRIPT_OK;
	if (d->lost)
		return TRANSCRIPT_LOST;
	if (line.last && span_take_word(&rest, "S:")) {
		f->want = after_blank(rest);
		return expect(d, f);
	}
	if (line.last && span_take_word(&rest, "R:"))
		ok = say_raw(d, after_blank(rest));
	else if (span_take_word(&rest, "C:"))
		conversation_say_line(d,
		    (struct piece){ .octets = after_blank(rest),
		        .first = true,
		        .last = line.last });
	else
		ok = false;
	if (!ok)
		f->want = line.octets;
	return ok ? TRANSCRIPT_OK : TRANSCRIPT_NONSENSE;
}

enum transcript_result
transcript_play(struct linereader *file, struct conversation *d,
    struct transcript_fault *ret)
{
	enum transcript_result r = TRANSCRIPT_OK;
	bool skips = false; /* within a comment of several pieces */
	struct piece piece;

	ret->number = 0;
	while (r == TRANSCRIPT_OK && linereader_next(file, &piece)) {
		if (piece.first) {
			ret->number++;
			skips = piece.octets.n > 0 && piece.octets.s[0] == '#';
			r = play_line(d, piece, ret);
		} else if (!skips) { /* more of a long `C: ` */
			conversation_say_line(d, piece);
		}
	}
	return r;
}
