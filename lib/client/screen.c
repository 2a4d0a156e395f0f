/* What the client shows.  See screen.h. */
#include "client/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { SHOWN_MAX = SCREEN_LINE_MAX / 4 }; /* octets shown of a line */

/* Those that can be read on white and on black. */
static const char *const inks[] = {
	[SCREEN_PLAIN] = "",
	[SCREEN_SENT] = "\033[35m",
	[SCREEN_RECEIVED] = "\033[32m",
	[SCREEN_DIFFERS] = "\033[31m",
};

static bool
wants_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && no[0] != '\0') && !(term && strcmp(term, "dumb") == 0);
}

struct screen
screen_open(bool typed)
{
	struct screen s = { false, false, false };

	if (isatty(STDOUT_FILENO)) {
		s.echoes = !typed || !isatty(STDIN_FILENO);
		s.colours = wants_colours();
	}
	return s;
}

void
screen_escape(struct text *t, struct span line)
{
	struct span rest = span_take_some(&line, SHOWN_MAX);

	for (; rest.n > 0; span_take_some(&rest, 1))
		if (is_printable((unsigned char)rest.s[0]))
			text_char(t, rest.s[0]);
		else
			text_escaped(t, (unsigned char)rest.s[0]);
}

void
screen_put(const struct screen *s, enum screen_ink ink, struct span line)
{
	char buffer[SCREEN_LINE_MAX * 4];
	struct text t = text_in(buffer, sizeof(buffer));
	bool colours = s->colours && ink != SCREEN_PLAIN;

	text_add(&t, colours ? inks[ink] : "");
	text_span(&t, line);
	text_add(&t, colours ? "\033[0m\n" : "\n");
	file_write_all(STDOUT_FILENO, t.s, t.n); /* who reads it is not us */
}

void
screen_line(const struct screen *s, enum screen_ink ink, const char *who,
    struct span line)
{
	char buffer[SCREEN_LINE_MAX + 64];
	struct text t = text_in(buffer, sizeof(buffer));

	if (s->quiet || (ink == SCREEN_SENT && !s->echoes))
		return;
	text_add(&t, who);
	screen_escape(&t, line);
	screen_put(s, ink, text_span_of(&t));
}

void
screen_complain(const char *what)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, "smtp-stdio: ");
	text_add(&t, what);
	text_char(&t, '\n');
	file_write_all(STDERR_FILENO, t.s, t.n); /* or nobody reads it */
}

void
screen_complain_of(const char *name, const char *what)
{
	char line[384];
	struct text t = text_in(line, sizeof(line));
	struct span rest = span_of(name);
	int error = errno;

	text_span(&t, span_take_some(&rest, 200));
	text_add(&t, what);
	text_add(&t, strerror(error));
	screen_complain(text_end(&t));
}
