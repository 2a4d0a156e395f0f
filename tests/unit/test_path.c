/* path: which texts are addresses, and their parts (RFC 5321 4.1.2, RFC 6531
 * 3.3). */
#include "smtp/path.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { ROOM = 4096 };

struct good {
	struct span arg, text, local, domain, rest;
	bool ascii;
};

#define L(text) LITERAL(text)
/* An address that fills its brackets, in ASCII. */
#define PLAIN(local, domain)                                                   \
	{                                                                      \
		L("<" local "@" domain ">"), L(local "@" domain), L(local),    \
		    L(domain), L(""), true                                     \
	}
#define UTF8(local, domain)                                                    \
	{                                                                      \
		L("<" local "@" domain ">"), L(local "@" domain), L(local),    \
		    L(domain), L(""), false                                    \
	}

static const struct good good[] = {
	/* clang-format off */
	{ L("<>"), L(""), L(""), L(""), L(""), true },
	{ L("<> SIZE=1"), L(""), L(""), L(""), L(" SIZE=1"), true },
	{ L("<a@b>c"), L("a@b"), L("a"), L("b"), L("c"), true },
	{ L("<a@b>>"), L("a@b"), L("a"), L("b"), L(">"), true },
	{ L("<a@b>\0"), L("a@b"), L("a"), L("b"), L("\0"), true },
	{ L("<a@b>\xff"), L("a@b"), L("a"), L("b"), L("\xff"), true },
	{ L("<Postmaster>"), L("Postmaster"), L("Postmaster"), L(""), L(""),
		true },
	{ L("<pOSTMASTER> X"), L("pOSTMASTER"), L("pOSTMASTER"), L(""),
		L(" X"), true },
	{ L("<@a:b@c>"), L("b@c"), L("b"), L("c"), L(""), true },
	{ L("<@a.b,@[1.2.3.4]:b@c>"), L("b@c"), L("b"), L("c"), L(""), true },
	{ L("<@[>]:b@c>"), L("b@c"), L("b"), L("c"), L(""), true },
	{ L("<@a:postmaster>"), L("postmaster"), L("postmaster"), L(""),
		L(""), true },
	/* clang-format on */
	PLAIN("a", "b"),
	PLAIN("Bob.Smith", "Example.ORG"),
	PLAIN("!#$%&'*+-/=?^_`{|}~", "b"),
	PLAIN("-a-", "b"),
	PLAIN("a", "b-c.d--e.1"),
	PLAIN("a", "_dmarc.b_c"),
	PLAIN("a", "[127.0.0.1]"),
	PLAIN("a", "[IPv6:::1]"),
	PLAIN("a", "[>]"),
	PLAIN("a", "[@\"<,]"),
	PLAIN("\"\"", "b"),
	PLAIN("\"a b\"", "c"),
	PLAIN("\"a@b\"", "c"),
	PLAIN("\"<>\"", "c"),
	PLAIN("\"a\\\"b\"", "c"),
	PLAIN("\"a\\\\\"", "c"),
	PLAIN("\"\\ \"", "c"),
	PLAIN("\"Postmaster\"", "c"),
	UTF8("\xc3\xa9", "b"),
	UTF8("\"\xc3\xa9\"", "b"),
	UTF8("a", "\xc3\xa9.b"),
	UTF8("\xc2\x80", "\xdf\xbf"),
	UTF8("\xe0\xa0\x80", "\xef\xbf\xbf"),
	UTF8("\xed\x9f\xbf", "\xee\x80\x80"),
	UTF8("\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"),
};

static const struct {
	struct span arg;
	enum path_result result;
} bad[] = {
	/* No brackets at all, or only one. */
	{ L(""), PATH_NO_BRACKETS },
	{ L("\0"), PATH_NO_BRACKETS },
	{ L("a"), PATH_NO_BRACKETS },
	{ L(" <a@b>"), PATH_NO_BRACKETS },
	{ L("a@b"), PATH_NO_BRACKETS },
	{ L("a@b>"), PATH_NO_BRACKETS },
	{ L(">"), PATH_NO_BRACKETS },
	{ L("><"), PATH_NO_BRACKETS },
	{ L("<"), PATH_NO_BRACKETS },
	{ L("<@"), PATH_NO_BRACKETS },
	{ L("<\""), PATH_NO_BRACKETS },
	{ L("<\"\\"), PATH_NO_BRACKETS },
	{ L("<a@b"), PATH_NO_BRACKETS },
	{ L("<a@["), PATH_NO_BRACKETS },
	/* This bracket is not the end. */
	{ L("<\">"), PATH_BAD },
	{ L("<\"a>\\"), PATH_BAD },
	{ L("<\"a\\\">"), PATH_BAD },
	{ L("<\"a>@b"), PATH_BAD },
	{ L("<@[>"), PATH_BAD },
	{ L("<@[>]"), PATH_BAD },
	{ L("<@[>]:"), PATH_BAD },
	{ L("<a@[>"), PATH_BAD },
	{ L("<a@[>]"), PATH_BAD },
	/* Source routes. */
	{ L("<@>"), PATH_BAD },
	{ L("<@a>"), PATH_BAD },
	{ L("<@a:>"), PATH_BAD },
	{ L("<@a:b>"), PATH_BAD },
	{ L("<@a,:b@c>"), PATH_BAD },
	{ L("<@a,@:b@c>"), PATH_BAD },
	{ L("<@a@b:c@d>"), PATH_BAD },
	{ L("<@a:@b:c@d>"), PATH_BAD },
	{ L("<@\xff:b@c>"), PATH_BAD },
	{ L("<@\xc3:b@c>"), PATH_BAD },
	/* Local parts. */
	{ L("<<>"), PATH_BAD },
	{ L("<<a@b>>"), PATH_BAD },
	{ L("<@b>"), PATH_BAD },
	{ L("< a@b>"), PATH_BAD },
	{ L("<a @b>"), PATH_BAD },
	{ L("<a@b >"), PATH_BAD },
	{ L("< >"), PATH_BAD },
	{ L("<a>"), PATH_BAD },
	{ L("<postmaster@>"), PATH_BAD },
	{ L("<postmasters>"), PATH_BAD },
	{ L("<\"postmaster\">"), PATH_BAD },
	{ L("<.a@b>"), PATH_BAD },
	{ L("<a.@b>"), PATH_BAD },
	{ L("<a..b@c>"), PATH_BAD },
	{ L("<a\0@b>"), PATH_BAD },
	{ L("<\0@b>"), PATH_BAD },
	{ L("<a\x7f@b>"), PATH_BAD },
	{ L("<a\t@b>"), PATH_BAD },
	{ L("<a(b)@c>"), PATH_BAD },
	{ L("<\"a\"b@c>"), PATH_BAD },
	{ L("<a\"b\"@c>"), PATH_BAD },
	{ L("<\"a\".\"b\"@c>"), PATH_BAD },
	{ L("<\"\0\"@b>"), PATH_BAD },
	{ L("<\"\\\0\"@b>"), PATH_BAD },
	{ L("<\"\t\"@b>"), PATH_BAD },
	{ L("<\"\\\x7f\"@b>"), PATH_BAD },
	{ L("<\"\\\xc3\xa9\"@b>"), PATH_BAD },
	/* Domains. */
	{ L("<a@>"), PATH_BAD },
	{ L("<a@b@c>"), PATH_BAD },
	{ L("<a@.b>"), PATH_BAD },
	{ L("<a@b.>"), PATH_BAD },
	{ L("<a@b..c>"), PATH_BAD },
	{ L("<a@-b>"), PATH_BAD },
	{ L("<a@b->"), PATH_BAD },
	{ L("<a@b-.c>"), PATH_BAD },
	{ L("<a@b\0>"), PATH_BAD },
	{ L("<a@b+c>"), PATH_BAD },
	{ L("<a@[]>"), PATH_BAD },
	{ L("<a@[1>"), PATH_BAD },
	{ L("<a@[1]2>"), PATH_BAD },
	{ L("<a@[[1]>"), PATH_BAD },
	{ L("<a@[1 2]>"), PATH_BAD },
	{ L("<a@[\\1]>"), PATH_BAD },
	{ L("<a@[\0]>"), PATH_BAD },
	{ L("<a@[\xc3\xa9]>"), PATH_BAD },
	/* Invalid UTF-8. */
	{ L("<\x80@b>"), PATH_BAD },
	{ L("<\xff@b>"), PATH_BAD },
	{ L("<\xc0\x80@b>"), PATH_BAD },
	{ L("<\xc1\xbf@b>"), PATH_BAD },
	{ L("<\xe0\x80\x80@b>"), PATH_BAD },
	{ L("<\xe0\x9f\xbf@b>"), PATH_BAD },
	{ L("<\xf0\x80\x80\x80@b>"), PATH_BAD },
	{ L("<\xf0\x8f\xbf\xbf@b>"), PATH_BAD },
	{ L("<\xed\xa0\x80@b>"), PATH_BAD },
	{ L("<\xed\xbf\xbf@b>"), PATH_BAD },
	{ L("<\xf4\x90\x80\x80@b>"), PATH_BAD },
	{ L("<\xf5\x80\x80\x80@b>"), PATH_BAD },
	{ L("<\xc3@b>"), PATH_BAD },
	{ L("<\xe2\x82@b>"), PATH_BAD },
	{ L("<\xf0\x9f\x98@b>"), PATH_BAD },
	{ L("<a@\xc3>"), PATH_BAD },
	{ L("<a@\xe2\x82>"), PATH_BAD },
	{ L("<a@\xf0\x9f\x98>"), PATH_BAD },
	{ L("<\"\xc3\"@b>"), PATH_BAD },
	{ L("<a@b.\xc3\x28>"), PATH_BAD },
};

static void
good_paths(struct unit *u, const struct guard *g)
{
	const struct good *t;
	struct span arg, rest;
	struct path p;

	for (t = good; t < good + sizeof(good) / sizeof(*good); t++) {
		arg = guarded(g, t->arg);
		EXPECT_NUMBER(u, arg, path_parse(arg, &p, &rest), PATH_OK);
		if (path_parse(arg, &p, &rest) != PATH_OK)
			continue;
		EXPECT_SPAN(u, arg, p.text, t->text);
		EXPECT_SPAN(u, arg, p.local, t->local);
		EXPECT_SPAN(u, arg, p.domain, t->domain);
		EXPECT_SPAN(u, arg, rest, t->rest);
		EXPECT_NUMBER(u, arg, p.ascii, t->ascii);
		EXPECT_TRUE(u, arg, p.text.s > arg.s && rest.s > p.text.s);
		EXPECT_TRUE(u, arg, rest.s + rest.n == arg.s + arg.n);
		EXPECT_NUMBER(u, arg, path_is_null(&p), t->text.n == 0);
	}
}

static void
bad_paths(struct unit *u, const struct guard *g)
{
	static const struct span mark = LITERAL("mark");
	struct span arg, rest;
	enum path_result r;
	struct path p;
	unsigned written = 0;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		arg = guarded(g, bad[i].arg);
		rest = p.text = mark;
		r = path_parse(arg, &p, &rest);
		EXPECT_NUMBER(u, arg, r, bad[i].result);
		written +=
		    r != PATH_OK && (p.text.s != mark.s || rest.s != mark.s);
	}
	EXPECT_NUMBER(u, span_of("results are written only on success"),
	    written, 0);
}

/* A prefix that is still an address is the same one. */
static void
cut_paths(struct unit *u, const struct guard *g)
{
	const struct good *t;
	struct span cut, rest;
	struct path p;
	bool fine = true;
	size_t n;

	for (t = good; t < good + sizeof(good) / sizeof(*good); t++)
		for (n = 0; n < t->arg.n; n++) {
			cut = guarded(g, (struct span){ t->arg.s, n });
			if (path_parse(cut, &p, &rest) == PATH_OK)
				fine = fine && octets_same(p.text, t->text);
		}
	EXPECT_TRUE(u, span_of("every good path, cut anywhere"), fine);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	good_paths(&u, &g);
	bad_paths(&u, &g);
	cut_paths(&u, &g);
	return unit_end(&u);
}
