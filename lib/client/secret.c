/* Finds passwords in what a client sends.  See secret.h. */
#include "client/secret.h"

static const char verb_of_secrets[] = "AUTH";

/* True if LINE is a command that may follow AUTH, also one that was refused. */
static bool
is_command(struct span line)
{
	static const char *const verbs[] = { "EHLO", "HELO", "LHLO", "MAIL",
		"RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "HELP", "QUIT",
		"STARTTLS", "AUTH" };
	struct span rest = line, verb = span_take_while(&rest, is_alpha);
	size_t i;

	if (span_take_word(&line, "MAILFROM:") ||
	    span_take_word(&line, "RCPTTO:"))
		return true;
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (span_is(verb, verbs[i]))
			return rest.n == 0 || is_blank((unsigned char)*rest.s);
	return false;
}

/* True if AUTH may still follow from LINE, which has no end yet. */
static bool
may_become_auth(struct span line)
{
	struct span verb = span_of(verb_of_secrets);

	span_take_while(&line, is_blank);
	return span_same(line, span_take_n(&verb, line.n));
}

/* Judges the start of a line. */
static bool
hides_start(struct secret *s, struct span *line, bool ends)
{
	bool challenged = s->challenged;
	size_t n = line->n;

	s->challenged = false;
	s->rest = may_become_auth(*line);
	if (n == 0)
		return false;
	if (challenged || (s->tried_auth && !is_command(*line))) {
		s->rest = true;
		line->n = 0;
		return true;
	}
	if (!span_cut_secret(line, verb_of_secrets))
		return false;
	s->tried_auth = true;
	s->rest = true;
	return line->n < n || !ends;
}

bool
secret_hides(struct secret *s, struct span *line, bool ends)
{
	bool starts = !s->in_line;

	s->in_line = !ends;
	if (starts)
		return hides_start(s, line, ends);
	if (s->rest)
		line->n = 0;
	return s->rest;
}
