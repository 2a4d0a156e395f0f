/* Records a session.  See recorder.h. */
#include "client/recorder.h"

#include "base/file.h"
#include "base/text.h"

enum {
	RAW_MAX = 8000, /* octets in one `R: ` */
	HEARD_MAX = RECORDER_HEARD_MAX * 4 + 64,
};

static void
put(struct recorder *s, struct span octets)
{
	if (file_write_all(s->fd, octets.s, octets.n) < 0)
		s->failed = true;
}

/* True if a `C: ` or `S: ` line may contain C as it is. */
static bool
is_plain(unsigned char c)
{
	return c == '\t' || is_not_control(c);
}

static void
add_raw(struct text *t, unsigned char c)
{
	if (c == '\r')
		text_add(t, "\\r");
	else if (c == '\n')
		text_add(t, "\\n");
	else if (c == '\\')
		text_add(t, "\\\\");
	else if (is_printable(c))
		text_char(t, (char)c);
	else
		text_escaped(t, c);
}

/* Writes OCTETS as `R: ` lines, with the escapes END after the last octet. */
static void
put_raw(struct recorder *s, struct span octets, const char *end)
{
	char buffer[RAW_MAX * 4 + 16];
	struct span some;
	struct text t;

	do {
		some = span_take_n(&octets, RAW_MAX);
		t = text_in(buffer, sizeof(buffer));
		text_add(&t, "R: ");
		for (; some.n > 0; span_take_n(&some, 1))
			add_raw(&t, (unsigned char)some.s[0]);
		text_add(&t, octets.n > 0 ? "" : end);
		text_char(&t, '\n');
		put(s, text_span_of(&t));
	} while (octets.n > 0);
}

void
recorder_sent(struct recorder *s, struct span octets)
{
	if (octets.n > 0)
		put_raw(s, octets, "");
}

/* A line recorded in pieces ends with CRLF.  The reader takes that CR as part
 * of the line end, so a CR before it remains an octet of the line. */
void
recorder_sent_line(struct recorder *s, struct piece piece)
{
	bool whole = piece.first && piece.last;

	if (whole && !span_all(piece.octets, is_plain)) {
		put_raw(s, piece.octets, "\\r\\n");
		return;
	}
	if (piece.first)
		put(s, span_of("C: "));
	put(s, piece.octets);
	if (piece.last)
		put(s, span_of(whole ? "\n" : "\r\n"));
}

void
recorder_hidden_line(struct recorder *s, struct span shown)
{
	put(s, span_of("C: "));
	put(s, shown);
	put(s, span_of(shown.n > 0 ? " ...\n" : "...\n"));
}

void
recorder_hidden(struct recorder *s, struct span shown, struct span line_end)
{
	char buffer[16];
	struct text t = text_in(buffer, sizeof(buffer));

	text_add(&t, shown.n > 0 ? " ..." : "...");
	for (; line_end.n > 0; span_take_n(&line_end, 1))
		add_raw(&t, (unsigned char)line_end.s[0]);
	put_raw(s, shown, text_end(&t));
}

/* Adds the pattern that matches only the octet C. */
static void
add_heard(struct text *t, unsigned char c)
{
	if (!is_plain(c)) {
		text_escaped(t, c);
		return;
	}
	if (c == '*' || c == '?' || c == '[' || c == '\\')
		text_char(t, '\\');
	text_char(t, (char)c);
}

void
recorder_heard(struct recorder *s, struct piece line, bool end)
{
	char buffer[HEARD_MAX];
	struct text t = text_in(buffer, sizeof(buffer));

	if (!line.crlf && line.last)
		text_add(&t, "# not ended by CR LF:\n");
	text_add(&t, end ? "# at the end: S: " : "S: ");
	for (; line.octets.n > 0; span_take_n(&line.octets, 1))
		add_heard(&t, (unsigned char)line.octets.s[0]);
	text_char(&t, '\n');
	put(s, text_span_of(&t));
}
