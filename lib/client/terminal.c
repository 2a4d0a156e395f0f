/* Output of the client.  See terminal.h. */
#include "client/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { SHOWN_MAX = TERMINAL_LINE_MAX / 4 }; /* octets shown of a line */

/* Colours that are readable on white and on black. */
static const char *const inks[] = {
	[TERMINAL_PLAIN] = "",
	[TERMINAL_SENT] = "\033[35m",
	[TERMINAL_RECEIVED] = "\033[32m",
	[TERMINAL_DIFFERS] = "\033[31m",
};

static bool
wants_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && no[0] != '\0') && !(term && strcmp(term, "dumb") == 0);
}

struct terminal
terminal_open(bool typed)
{
	struct terminal s = { false, false, false };

	if (isatty(STDOUT_FILENO)) {
		s.echoes = !typed || !isatty(STDIN_FILENO);
		s.colours = wants_colours();
	}
	return s;
}

void
terminal_escape(struct text *t, struct span line)
{
	struct span rest = span_take_n(&line, SHOWN_MAX);

	for (; rest.n > 0; span_take_n(&rest, 1))
		if (is_printable((unsigned char)rest.s[0]))
			text_char(t, rest.s[0]);
		else
			text_escaped(t, (unsigned char)rest.s[0]);
}

void
terminal_put(const struct terminal *s, enum terminal_ink ink, struct span line)
{
	char buffer[TERMINAL_LINE_MAX * 4];
	struct text t = text_in(buffer, sizeof(buffer));
	bool colours = s->colours && ink != TERMINAL_PLAIN;

	text_add(&t, colours ? inks[ink] : "");
	text_span(&t, line);
	text_add(&t, colours ? "\033[0m\n" : "\n");
	file_write_all(STDOUT_FILENO, t.s, t.n); /* failure ignored */
}

void
terminal_line(const struct terminal *s, enum terminal_ink ink, const char *who,
    struct span line)
{
	char buffer[TERMINAL_LINE_MAX + 64];
	struct text t = text_in(buffer, sizeof(buffer));

	if (s->quiet || (ink == TERMINAL_SENT && !s->echoes))
		return;
	text_add(&t, who);
	terminal_escape(&t, line);
	terminal_put(s, ink, text_span_of(&t));
}

void
terminal_complain(const char *what)
{
	char line[512];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, "smtp-stdio: ");
	text_add(&t, what);
	text_char(&t, '\n');
	file_write_all(STDERR_FILENO, t.s, t.n); /* failure ignored */
}

void
terminal_complain_of(const char *name, const char *what)
{
	char line[384];
	struct text t = text_in(line, sizeof(line));
	struct span rest = span_of(name);
	int error = errno;

	text_span(&t, span_take_n(&rest, 200));
	text_add(&t, what);
	text_add(&t, strerror(error));
	terminal_complain(text_end(&t));
}
