/* Tests command lines, paths and parameters, and the trace lines made of them.
 *
 * The input is one line without its line end. */
#include "base/text.h"
#include "fuzz.h"
#include "smtp/bdat.h"
#include "smtp/nonsmtp.h"
#include "smtp/param.h"
#include "smtp/path.h"
#include "smtp/trace.h"
#include "smtp/verb.h"

enum { LINE_MAX_OCTETS = 4096 };

static char input[LINE_MAX_OCTETS];

static const struct verb verbs[] = {
	{ "EHLO", NULL, ARG_NAME },
	{ "HELO", NULL, ARG_OPTIONAL_NAME },
	{ "MAIL", "FROM:", ARG_PATH },
	{ "RCPT", "TO:", ARG_PATH },
	{ "DATA", NULL, ARG_NONE },
	{ "BDAT", NULL, ARG_OPTIONAL },
	{ "VRFY", NULL, ARG_REQUIRED },
};

enum { VERBS = sizeof(verbs) / sizeof(*verbs) };

/* True if A is valid UTF-8 by the table in RFC 3629 4. */
static bool
is_utf8(struct span a)
{
	static const struct {
		unsigned char first, last, second_low, second_high;
		size_t more;
	} rows[] = {
		{ 0x00, 0x7f, 0, 0, 0 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 1 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 2 },
		{ 0xe1, 0xec, 0x80, 0xbf, 2 },
		{ 0xed, 0xed, 0x80, 0x9f, 2 },
		{ 0xee, 0xef, 0x80, 0xbf, 2 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 3 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 3 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};
	unsigned char c, low, high;
	size_t i, more;

	while (a.n > 0) {
		c = fuzz_octet(&a);
		for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			if (c >= rows[i].first && c <= rows[i].last)
				break;
		if (i == sizeof(rows) / sizeof(*rows))
			return false;
		low = rows[i].second_low;
		high = rows[i].second_high;
		for (more = rows[i].more; more > 0; more--) {
			c = fuzz_octet(&a);
			if (c < low || c > high)
				return false;
			low = 0x80;
			high = 0xbf;
		}
	}
	return true;
}

/* Checks that LOCAL is QUOTED without its quotes.  Each backslash is dropped;
 * the octet after it is kept. */
static void
judge_unquoted(struct span quoted, struct span local)
{
	if (!span_take(&quoted, '"')) {
		MUST(octets_same(local, quoted));
		return;
	}
	MUST(quoted.s[--quoted.n] == '"');
	while (quoted.n > 0) {
		span_take(&quoted, '\\');
		MUST(quoted.n > 0 && span_take(&local, quoted.s[0]));
		span_take_n(&quoted, 1);
	}
	MUST(local.n == 0);
}

/* Checks that the text is the local part, including quotes, then `@` and the
 * domain. */
static void
judge_parts(const struct path *p)
{
	char unquoted[PATH_MAX_OCTETS];
	struct span local = path_local(p, unquoted), rest = p->text;

	MUST(p->local.s == rest.s && p->local.n > 0);
	span_take_n(&rest, p->local.n);
	if (p->domain.n == 0) {
		MUST(rest.n == 0 && path_is_postmaster(p->local));
	} else {
		MUST(span_take(&rest, '@'));
		MUST(p->domain.s == rest.s && p->domain.n == rest.n);
		MUST(!p->ascii || p->domain.n > 255 || path_is_host(p->domain));
	}
	MUST(local.n <= p->local.n);
	MUST(span_all(local, is_not_control));
	judge_unquoted(p->local, local);
}

/* Checks that the trace lines fit and are complete lines of text. */
static void
judge_trace(const struct path *p, struct span client)
{
	static char buffer[TRACE_MAX];
	struct text t = text_in(buffer, sizeof(buffer));
	struct trace trace = { .sender = p->text,
		.rcpt = p->text,
		.client = client,
		.peer = span_of("2001:db8::1"),
		.host = span_of("mail.example.org"),
		.protocol = trace_protocol(
		    TRACE_LMTP | TRACE_UTF8 | TRACE_TLS | TRACE_AUTH),
		.id = "1.M2P3Q4_5",
		.time = (int64_t)client.n * 99999991 };
	struct span rest, line;
	size_t lines = 0;

	trace_write(&t, &trace);
	MUST(!t.full);
	rest = text_span_of(&t);
	while (rest.n > 0) {
		line = span_take_until(&rest, '\n');
		MUST(span_take(&rest, '\n') && line.n > 0);
		span_take(&line, '\t');
		MUST(span_all(line, is_not_control));
		lines++;
	}
	MUST(lines == 5);
}

/* Checks that a path gives the same result with text after it, and with a
 * source route, which is dropped. */
static void
judge_again(const struct path *p, struct span inside)
{
	static char buffer[2 * LINE_MAX_OCTETS];
	struct path again;
	struct span rest;
	int n;

	MUST(inside.n < LINE_MAX_OCTETS);
	n = snprintf(buffer, sizeof(buffer), "<@r,@[s]:%.*s> X>",
	    (int)p->text.n, p->text.s);
	rest = (struct span){ buffer, (size_t)n };
	if (path_is_null(p))
		return; /* a null path has no route */
	MUST(path_parse(rest, &again, &rest) == PATH_OK);
	MUST(octets_same(again.text, p->text));
	MUST(octets_same(again.local, p->local));
	MUST(octets_same(again.domain, p->domain));
	MUST(again.ascii == p->ascii && span_is(rest, " X>"));
}

static void
judge_params(struct span rest)
{
	struct mail_params p = { .size = 42 };
	enum param_result r = param_parse_mail(rest, true, &p);
	enum param_result none = param_parse_none(rest);
	struct span all = rest;

	if (r != PARAM_OK) {
		MUST(p.size == 42 && !p.has_size && !p.has_body && !p.utf8 &&
		    !p.has_auth);
		MUST(none != PARAM_OK);
		return;
	}
	MUST(p.has_size || p.size == 0);
	if (none == PARAM_OK)
		MUST(span_all(rest, is_blank) && !p.has_size && !p.has_body &&
		    !p.utf8 && !p.has_auth);
	MUST(!p.has_size || all.n >= sizeof(" SIZE=0") - 1);
	while (span_take_while(&rest, is_blank).n > 0 && rest.n > 0) {
		struct span word = span_take_while(&rest, is_not_blank);

		if (span_take_word(&word, "SIZE=")) {
			uint64_t size = UINT64_MAX;

			MUST(p.has_size && span_all(word, is_digit));
			span_number(word, &size);
			MUST(p.size == size);
		} else if (span_take_word(&word, "BODY=")) {
			MUST(p.has_body);
		} else if (span_take_word(&word, "AUTH=")) {
			MUST(p.has_auth && word.n > 0 &&
			    span_all(word, is_printable));
		} else {
			MUST(p.utf8 && span_is(word, "SMTPUTF8"));
		}
	}
	MUST(rest.n == 0);
}

static void
judge_path(struct span arg)
{
	static const struct path untouched = { .text = { NULL, 77 } };
	struct path p = untouched;
	struct span rest = { NULL, 78 };
	enum path_result r = path_parse(arg, &p, &rest);

	if (r != PATH_OK) {
		MUST(p.text.n == 77 && rest.n == 78);
		MUST(r == PATH_BAD || arg.n == 0 || arg.s[0] != '<' ||
		    !memchr(arg.s, '>', arg.n));
		return;
	}
	MUST(arg.s[0] == '<' && fuzz_within(rest, arg) && rest.s[-1] == '>');
	MUST(rest.s + rest.n == arg.s + arg.n);
	MUST(fuzz_within(p.text, arg) && p.text.n <= PATH_MAX_OCTETS);
	MUST(p.text.s + p.text.n + 1 == rest.s);
	MUST(is_utf8(p.text) && span_all(p.text, is_not_control));
	MUST(p.ascii == span_all(p.text, is_printable)); /* no control octets */
	MUST(path_is_null(&p) == (p.text.n == 0));
	if (!path_is_null(&p))
		judge_parts(&p);
	judge_trace(&p, arg);
	judge_again(&p, arg);
	judge_params(rest);
}

/* Checks that the verb matches in any letter case, and that its argument is
 * part of the line. */
static void
judge_verb(const struct verb *v, struct span line)
{
	struct span arg = { NULL, 79 }, rest = line;
	enum verb_fault fault;

	if (!verb_matches(v, line, &arg)) {
		MUST(arg.n == 79);
		return;
	}
	MUST(span_take_word(&rest, v->name));
	MUST(arg.n == 0 ||
	    (fuzz_within(arg, rest) && arg.s + arg.n == rest.s + rest.n));
	fault = verb_check(v, line, arg);
	MUST(fault != VERB_FINE || span_all(line, is_not_control));
	MUST(fault != VERB_FINE || v->argument != ARG_NONE || arg.n == 0);
	if (v->argument == ARG_PATH && fault == VERB_FINE)
		judge_path(arg);
}

static void
judge_chunk_size(struct span arg)
{
	struct span digits = arg;
	uint64_t size;
	bool last;

	if (!bdat_parse(arg, &size, &last))
		return;
	digits = span_take_while(&digits, is_digit);
	MUST(digits.n > 0);
	while (digits.n > 0) { /* digits from the last to the first */
		MUST((unsigned char)digits.s[--digits.n] - '0' == size % 10);
		size /= 10;
	}
	MUST(size == 0);
	MUST(last == (memchr(arg.s, 'T', arg.n) || memchr(arg.s, 't', arg.n)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n }, line, shown;
	const char *nonsmtp;
	size_t i;

	in = fuzz_expand(in, input, sizeof(input) - 1);
	line = fuzz_copy(in);
	for (i = 0; i < VERBS; i++)
		judge_verb(&verbs[i], line);
	MUST(verb_check(NULL, line, line) != VERB_FINE ||
	    (line.n > 0 && span_all(line, is_printable)));
	nonsmtp = nonsmtp_find(line, &shown);
	MUST(!nonsmtp || memchr(line.s, ':', line.n) ||
	    memchr(line.s, ' ', line.n));
	MUST(!nonsmtp || (shown.n > 0 && shown.n <= line.n));
	judge_path(line);
	judge_params(line);
	judge_chunk_size(line);
	fuzz_free(line);
	return 0;
}
