/* key: who a line of users.txt is for, valid and invalid, each placed at the
 * end of readable memory; and the code points that do not show. */
#include "users/key.h"

#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "smtp/path.h"
#include "unit.h"
#include "users/entry.h"

#define L(text) LITERAL(text)

static const struct {
	struct span key;
	enum key_kind kind;
} goods[] = {
	{ L("a@b"), KEY_ADDRESS },
	{ L("A.b+c@D.example"), KEY_ADDRESS },
	{ L("a*b@c"), KEY_ADDRESS },
	{ L("**@c"), KEY_ADDRESS },
	{ L("a/b@c"), KEY_ADDRESS },
	{ L(".a@b"), KEY_ADDRESS },
	{ L("a..b.@c"), KEY_ADDRESS },
	{ L("a@[192.0.2.1]"), KEY_ADDRESS },
	{ L("a@[IPv6:::1]"), KEY_ADDRESS },
	{ L("a_b@c_d"), KEY_ADDRESS },
	{ L("fromage@b"), KEY_ADDRESS },
	{ L("\xc3\xa9@\xc3\xa9"), KEY_ADDRESS },
	{ L("postmaster"), KEY_ADDRESS },
	{ L("PostMaster"), KEY_ADDRESS },
	{ L("@b"), KEY_DOMAIN },
	{ L("@b.example"), KEY_DOMAIN },
	{ L("@[192.0.2.1]"), KEY_DOMAIN },
	{ L("@\xc3\xa9"), KEY_DOMAIN },
	{ L("*"), KEY_EVERYBODY },
	{ L("from:a@b"), KEY_SENDER },
	{ L("FROM:A+x@b"), KEY_SENDER },
	{ L("from:@b"), KEY_SENDER },
	{ L("from:<>"), KEY_SENDER },
};

static const struct span bads[] = {
	L("a"),
	L("a@"),
	L("@"),
	L("@@"),
	L("a@b@c"),
	L("a@b."),
	L("a@-b"),
	L("*@b"),
	L("*@*"),
	L("@*"),
	L("@*.b"),
	L("a@*"),
	L("**"),
	L("a@b:"),
	L("a:"),
	L(":a@b"),
	L("a:b@c"),
	L("a@b,"),
	L("a@b,c@d"),
	L("<a@b>"),
	L("<>"),
	L("<a@b"),
	L("\"a\"@b"),
	L("\"a b\"@c"),
	L("a\\b@c"),
	L("(a)@b"),
	L("@a:b@c"),
	L("postmasters"),
	L("from:"),
	L("from:*"),
	L("from:a"),
	L("from:postmaster"),
	L("from:*@b"),
	L("from:@"),
	L("from:<a@b>"),
	L("from:\"a\"@b"),
	L("from:from:a@b"),
	L("a\0@b"),
	L("a@b\0"),
	L("a\x01@b"),
	L("a@b\x7f"),
	L("\x1b[m@b"),
	L("a@b\xc2\xa0"),
	L("a@b\xe2\x80\x8b"),
	L("\xef\xbb\xbf"
	  "a@b"),
	L("a\xc2\xad@b"),
	L("\xe2\x80\xaa"
	  "a@b"),
	L("a@\xe2\x80\xae"
	  "b"),
	L("a\xe2\x81\xa6@b"),
	L("a\xe3\x80\x80@b"),
	L("a\xc2\x9b@b"),
	L("a\xff@b"),
	L("a\xc3@b"),
	L("a\xc0\x80@b"),
	L("a\xed\xa0\x80@b"),
	L("from:a@b\xc2\xa0"),
	L("*\xe2\x80\x8b"),
};

/* A target of an alias is an address, @domain or postmaster. */
static const struct span bad_targets[] = {
	L("*"),
	L("from:a@b"),
	L("a"),
	L("a@b,"),
	L("a@b,c@d"),
	L("@"),
};

static void
each_target(struct unit *u, const struct guard *g)
{
	size_t i;

	for (i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		EXPECT_TRUE(u, goods[i].key,
		    !key_parse_target(guarded(g, goods[i].key)) ==
		        (goods[i].kind == KEY_ADDRESS ||
		            goods[i].kind == KEY_DOMAIN));
	for (i = 0; i < sizeof(bad_targets) / sizeof(*bad_targets); i++)
		EXPECT_TRUE(u, bad_targets[i],
		    key_parse_target(guarded(g, bad_targets[i])));
}

/* As long as a path, and longer. */
static void
lengths(struct unit *u, const struct guard *g)
{
	char octets[USERFILE_LINE_MAX];
	enum key_kind kind;

	memset(octets, 'x', sizeof(octets));
	octets[1] = '@';
	EXPECT_TRUE(u, span_of("the longest"),
	    !key_parse(guarded(g, (struct span){ octets, PATH_MAX_OCTETS }),
	        &kind));
	EXPECT_TRUE(u, span_of("too long"),
	    key_parse(guarded(g, (struct span){ octets, PATH_MAX_OCTETS + 1 }),
	        &kind));
	EXPECT_TRUE(u, span_of("a whole line"),
	    key_parse(guarded(g, (struct span){ octets, sizeof(octets) }),
	        &kind));
}

/* What goes with which key. */
static void
entries(struct unit *u)
{
	static const struct {
		struct span key, action;
		bool good;
	} rows[] = {
		{ L("*"), L("./x/"), true },
		{ L("*"), L("discard"), true },
		{ L("*"), L("c@d"), true },
		{ L("*"), L("data wait 5 ./x/"), true },
		{ L("*"), L(""), false },
		{ L("*"), L("wait 5"), false },
		{ L("*"), L("data wait 5"), false },
		{ L("*"), L("|x"), true },
		{ L("*"), L("data wait 5 |x"), true },
		{ L("@b"), L("|x"), true },
		{ L("from:a@b"), L("550 no"), true },
		{ L("from:a/b@c"), L("wait 5"), true },
		{ L("from:a@b"), L("wait 5 421 no"), true },
		{ L("from:a@b"), L("wait 5 close"), true },
		{ L("from:a@b"), L(""), false },
		{ L("from:a@b"), L("./x/"), false },
		{ L("from:a@b"), L("wait 5 ./x/"), false },
		{ L("from:a@b"), L("data 550 no"), false },
		{ L("from:a@b"), L("discard"), false },
		{ L("from:a@b"), L("c@d"), false },
		{ L("from:a@b"), L("close x"), false },
		{ L("from:a@b"), L("wait 61"), false },
		{ L("x"), L("./x/"), false },
	};
	struct userfile_line line = { .number = 1 };
	static struct action action;
	enum key_kind kind;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		line.address = rows[i].key;
		line.action = rows[i].action;
		EXPECT_TRUE(u, rows[i].action,
		    !entry_parse(&line, &kind, &action) == rows[i].good);
	}
	line = (struct userfile_line){ .address = L("a@b"), .too_long = true };
	EXPECT_TRUE(u, span_of("too long"), entry_parse(&line, &kind, &action));
}

/* Each code point, encoded and decoded. */
static void
points(struct unit *u, const struct guard *g)
{
	static const uint32_t hidden[] = { 0, 0x1f, 0x7f, 0x9b, 0xa0, 0xad,
		0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x2064, 0x2066, 0x2069,
		0x3000, 0xfeff, 0xe0001 };
	static const uint32_t shown[] = { ' ', '~', 0xa1, 0xac, 0xae, 0xe9,
		0x1fff, 0x2010, 0x2027, 0x2030, 0x3001, 0xfefe, 0x1f600 };
	struct span rest;
	uint32_t point = 0;
	size_t i, wrong = 0;

	for (i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		wrong += !utf8_is_hidden(hidden[i]);
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		wrong += utf8_is_hidden(shown[i]);
	EXPECT_NUMBER(u, span_of("code points that are wrong"), wrong, 0);
	rest = guarded(g, span_of("\xf0\x9f\x98\x80x"));
	EXPECT_TRUE(u, span_of("four octets"),
	    utf8_take(&rest, &point) && point == 0x1f600 && rest.n == 1);
	rest = guarded(g, span_of("\xe2\x80x"));
	EXPECT_TRUE(u, span_of("one is missing"),
	    !utf8_take(&rest, &point) && rest.n == 1);
	rest = guarded(g, span_of("\xe2"));
	EXPECT_TRUE(u, span_of("two are missing"),
	    !utf8_take(&rest, &point) && rest.n == 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(USERFILE_LINE_MAX);
	enum key_kind kind;
	size_t i;

	for (i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		EXPECT_TRUE(&u, goods[i].key,
		    !key_parse(guarded(&g, goods[i].key), &kind) &&
		        kind == goods[i].kind);
	for (i = 0; i < sizeof(bads) / sizeof(*bads); i++)
		EXPECT_TRUE(&u, bads[i],
		    key_parse(guarded(&g, bads[i]), &kind));
	each_target(&u, &g);
	lengths(&u, &g);
	entries(&u);
	points(&u, &g);
	return unit_end(&u);
}
