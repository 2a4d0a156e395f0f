/* verb: the verb of a line, its argument, and errors in it (RFC 5321 2.4,
 * 4.1.1). */
#include "smtp/verb.h"

#include <unistd.h>

#include "unit.h"

enum { ROOM = 256 };

#define L(text) LITERAL(text)

static const struct verb helo = { "HELO", NULL, ARG_OPTIONAL_NAME };
static const struct verb ehlo = { "EHLO", NULL, ARG_NAME };
static const struct verb mail = { "MAIL", "FROM:", ARG_PATH };
static const struct verb data = { "DATA", NULL, ARG_NONE };
static const struct verb vrfy = { "VRFY", NULL, ARG_REQUIRED };
static const struct verb noop = { "NOOP", NULL, ARG_OPTIONAL };

static const struct {
	const struct verb *verb;
	struct span line, arg;
	enum verb_fault fault;
} good[] = {
	{ &data, L("DATA"), L(""), VERB_FINE },
	{ &data, L("dAtA"), L(""), VERB_FINE },
	{ &data, L("DATA x"), L("x"), VERB_BAD_ARGUMENT },
	{ &data, L("DATA \0"), L("\0"), VERB_BAD_OCTET },
	{ &data, L("DATA \xff"), L("\xff"), VERB_BAD_OCTET },
	{ &noop, L("NOOP"), L(""), VERB_FINE },
	{ &noop, L("NOOP x y"), L("x y"), VERB_FINE },
	{ &noop, L("NOOP x\0y"), L("x\0y"), VERB_BAD_OCTET },
	{ &noop, L("NOOP x\ry"), L("x\ry"), VERB_BAD_OCTET },
	{ &noop, L("NOOP x\x7f"), L("x\x7f"), VERB_BAD_OCTET },
	{ &noop, L("NOOP \xc3\xa9"), L("\xc3\xa9"), VERB_BAD_OCTET },
	{ &vrfy, L("VRFY"), L(""), VERB_BAD_ARGUMENT },
	{ &vrfy, L("VRFY  x"), L("x"), VERB_FINE },
	{ &helo, L("HELO"), L(""), VERB_FINE },
	{ &helo, L("helo a"), L("a"), VERB_FINE },
	{ &helo, L("HELO a b"), L("a b"), VERB_FINE },
	{ &helo, L("HELO a\x01"), L("a\x01"), VERB_BAD_ARGUMENT },
	{ &helo, L("HELO \0"), L("\0"), VERB_BAD_ARGUMENT },
	{ &helo, L("HELO a\r"), L("a\r"), VERB_BAD_ARGUMENT },
	{ &helo, L("HELO \xc3\xa9"), L("\xc3\xa9"), VERB_BAD_OCTET },
	{ &ehlo, L("EHLO"), L(""), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO a.b"), L("a.b"), VERB_FINE },
	{ &ehlo, L("EHLO [::1]"), L("[::1]"), VERB_FINE },
	{ &ehlo, L("EHLO !<>\"\\"), L("!<>\"\\"), VERB_FINE },
	{ &ehlo, L("EHLO a b"), L("a b"), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO a\tb"), L("a\tb"), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO a\0"), L("a\0"), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO a\x1b[m"), L("a\x1b[m"), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO a\x7f"), L("a\x7f"), VERB_BAD_ARGUMENT },
	{ &ehlo, L("EHLO \xff"), L("\xff"), VERB_BAD_OCTET },
	{ &mail, L("MAIL FROM:<a>"), L("<a>"), VERB_FINE },
	{ &mail, L("mail from:<a>"), L("<a>"), VERB_FINE },
	{ &mail, L("MAILFROM:<a>"), L("<a>"), VERB_FINE },
	{ &mail, L("MAILFROM: <a>"), L(" <a>"), VERB_FINE },
	{ &mail, L("mAiL   fRoM: <a> X"), L(" <a> X"), VERB_FINE },
	{ &mail, L("MAIL FROM:\xff"), L("\xff"), VERB_FINE },
	{ &mail, L("MAIL FROM:\0"), L("\0"), VERB_BAD_OCTET },
	{ &mail, L("MAIL FROM:\x7f"), L("\x7f"), VERB_BAD_OCTET },
	{ &mail, L("MAIL FROM:a\nb"), L("a\nb"), VERB_BAD_OCTET },
	{ &mail, L("MAIL FROM:"), L(""), VERB_FINE },
	{ &mail, L("MAILFROM:"), L(""), VERB_FINE },
	{ &mail, L("MAIL FROM"), L(""), VERB_FINE },
	{ &mail, L("MAIL FROM <a>"), L(""), VERB_FINE },
	{ &mail, L("MAIL FROM :<a>"), L(""), VERB_FINE },
	{ &mail, L("MAIL TO:<a>"), L(""), VERB_FINE },
	{ &mail, L("MAIL F"), L(""), VERB_FINE },
	{ &mail, L("MAIL"), L(""), VERB_FINE },
	{ &mail, L("MAIL x\0"), L(""), VERB_BAD_OCTET },
};

/* Lines of another verb, or of none. */
static const struct {
	const struct verb *verb;
	struct span line;
} strange[] = {
	{ &data, L("") },
	{ &data, L("D") },
	{ &data, L("DAT") },
	{ &data, L(" DATA") },
	{ &data, L("DATAx") },
	{ &data, L("DATA.") },
	{ &data, L("DATA\0") },
	{ &data, L("DATA\r") },
	{ &data, L("DATA\xff") },
	{ &data, L("DAT\0") },
	{ &data, L("DAT\xc1") },
	{ &data, L("MAIL") },
	{ &mail, L("MAI") },
	{ &mail, L("MAILF") },
	{ &mail, L("MAILFROM") },
	{ &mail, L("MAILFROM <a>") },
	{ &mail, L("MAILFROM\0:<a>") },
	{ &mail, L("MAILTO:<a>") },
	{ &mail, L("MAILX FROM:<a>") },
	{ &mail, L("MAIL\0FROM:<a>") },
	{ &mail, L("FROM:<a>") },
	{ &mail, L("MAIL:<a>") },
};

static void
known_verbs(struct unit *u, const struct guard *g)
{
	struct span line, arg;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		line = guarded(g, good[i].line);
		arg = (struct span){ NULL, 0 };
		EXPECT_TRUE(u, line, verb_matches(good[i].verb, line, &arg));
		EXPECT_SPAN(u, line, arg, good[i].arg);
		EXPECT_TRUE(u, line,
		    arg.s >= line.s && arg.s + arg.n <= line.s + line.n);
		EXPECT_NUMBER(u, line, verb_check(good[i].verb, line, arg),
		    good[i].fault);
	}
}

static void
strange_verbs(struct unit *u, const struct guard *g)
{
	struct span line, arg = { NULL, 77 };
	size_t i;

	for (i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		line = guarded(g, strange[i].line);
		EXPECT_TRUE(u, line,
		    !verb_matches(strange[i].verb, line, &arg));
	}
	EXPECT_TRUE(u, span_of("results are written only on success"),
	    arg.s == NULL && arg.n == 77);
}

/* An unknown verb: only the octets of its line can be wrong. */
static void
unknown_verbs(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span line;
		enum verb_fault fault;
	} table[] = {
		{ L(""), VERB_BAD_OCTET },
		{ L("\0"), VERB_BAD_OCTET },
		{ L("\x16\x03\x01"), VERB_BAD_OCTET },
		{ L("\xff"), VERB_BAD_OCTET },
		{ L("x\r"), VERB_BAD_OCTET },
		{ L("x\x7f"), VERB_BAD_OCTET },
		{ L("x\0y"), VERB_BAD_OCTET },
		{ L("x\xc2\x80"), VERB_BAD_OCTET },
		{ L("x"), VERB_FINE },
		{ L("~ !"), VERB_FINE },
	};
	struct span line, none = { NULL, 0 };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		line = guarded(g, table[i].line);
		EXPECT_NUMBER(u, line, verb_check(NULL, line, none),
		    table[i].fault);
	}
}

/* Only the two blanks end a verb, and no other octet. */
static void
every_octet_behind(struct unit *u, const struct guard *g)
{
	char octets[] = "DATA?";
	struct span arg, line;
	unsigned c, wrong = 0;

	for (c = 0; c < 256; c++) {
		octets[4] = (char)c;
		line = guarded(g, (struct span){ octets, 5 });
		wrong +=
		    verb_matches(&data, line, &arg) != (c == ' ' || c == '\t');
	}
	EXPECT_NUMBER(u, span_of("every octet behind DATA"), wrong, 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	known_verbs(&u, &g);
	strange_verbs(&u, &g);
	unknown_verbs(&u, &g);
	every_octet_behind(&u, &g);
	return unit_end(&u);
}
