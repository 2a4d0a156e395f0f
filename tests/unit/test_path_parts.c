/* path: the limits of length, each octet, the local part without quotes, and
 * host names. */
#include "smtp/path.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"

enum { ROOM = 4096 };

#define L(text) LITERAL(text)

static enum path_result
parse(const struct guard *g, struct span arg)
{
	struct span rest;
	struct path p;

	return path_parse(guarded(g, arg), &p, &rest);
}

/* Parses ROUTE and an address with a local part of LOCAL and a domain of DOMAIN
 * octets. */
static enum path_result
parse_sizes(const struct guard *g, const char *route, size_t local,
    size_t domain)
{
	char octets[ROOM];
	struct text t = text_in(octets, sizeof(octets));

	text_char(&t, '<');
	text_add(&t, route);
	while (local-- > 0)
		text_char(&t, 'l');
	text_char(&t, '@');
	while (domain-- > 0)
		text_char(&t, 'd');
	text_char(&t, '>');
	return parse(g, text_span_of(&t));
}

static void
sizes(struct unit *u, const struct guard *g)
{
	static const struct {
		const char *route;
		size_t local, domain;
		enum path_result result;
	} table[] = {
		{ "", 64, 255, PATH_OK },
		{ "", 65, 256, PATH_OK },
		{ "", 511, 512, PATH_OK },
		{ "", 512, 512, PATH_BAD },
		{ "", 1022, 1, PATH_OK },
		{ "", 1023, 1, PATH_BAD },
		{ "", 1, 1022, PATH_OK },
		{ "", 1, 1023, PATH_BAD },
		{ "", 2000, 1000, PATH_BAD },
		{ "@a:", 511, 512, PATH_OK },
		{ "@a:", 512, 512, PATH_BAD },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		EXPECT_NUMBER(u, span_of("1024 octets in all"),
		    parse_sizes(g, table[i].route, table[i].local,
		        table[i].domain),
		    table[i].result);
}

static bool
is_one_of(unsigned char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

static bool
in_local(unsigned char c)
{
	return is_one_of(c,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "!#$%&'*+-/=?^_`{|}~.");
}

/* `>` ends the address there. */
static bool
in_domain(unsigned char c)
{
	return is_one_of(c,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.>");
}

static bool
in_literal(unsigned char c)
{
	return c >= 33 && c <= 126 && !is_one_of(c, "[\\]");
}

static bool
in_quotes(unsigned char c)
{
	return c >= 32 && c <= 126 && !is_one_of(c, "\"\\");
}

static bool
in_pair(unsigned char c)
{
	return c >= 32 && c <= 126;
}

/* Each octet in each place, compared with the RFC. */
static void
single_octets(struct unit *u, const struct guard *g)
{
	static const struct {
		const char *front, *back;
		bool (*in)(unsigned char c);
	} table[] = {
		{ "<a", "a@b>", in_local },
		{ "<a@b", "b>", in_domain },
		{ "<a@[", "]>", in_literal },
		{ "<\"", "\"@b>", in_quotes },
		{ "<\"\\", "\"@b>", in_pair },
	};
	struct text t;
	char octets[16];
	size_t i;
	unsigned c, wrong;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		for (c = 0, wrong = 0; c < 256; c++) {
			t = text_in(octets, sizeof(octets));
			text_add(&t, table[i].front);
			text_char(&t, (char)c);
			text_add(&t, table[i].back);
			wrong += table[i].in((unsigned char)c) !=
			    (parse(g, text_span_of(&t)) == PATH_OK);
		}
		EXPECT_NUMBER(u, span_of(table[i].front), wrong, 0);
	}
}

static void
local_parts(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span arg, local;
		bool postmaster;
	} table[] = {
		{ L("<>"), L(""), false },
		{ L("<a.b@c>"), L("a.b"), false },
		{ L("<\"\"@c>"), L(""), false },
		{ L("<\"a b\"@c>"), L("a b"), false },
		{ L("<\"a\\b\"@c>"), L("ab"), false },
		{ L("<\"\\\"\"@c>"), L("\""), false },
		{ L("<\"\\\\\"@c>"), L("\\"), false },
		{ L("<\"\\\\\\\"\"@c>"), L("\\\""), false },
		{ L("<\"a\\ \"@c>"), L("a "), false },
		{ L("<PostMaster>"), L("PostMaster"), true },
		{ L("<postmaster@c>"), L("postmaster"), true },
		{ L("<postmaste@c>"), L("postmaste"), false },
	};
	char *buffer = guarded_room(g, PATH_MAX_OCTETS);
	struct guard second = guard_open(ROOM);
	struct span arg, rest;
	struct path p;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		arg = guarded(&second, table[i].arg);
		EXPECT_NUMBER(u, arg, path_parse(arg, &p, &rest), PATH_OK);
		EXPECT_SPAN(u, arg, path_local(&p, buffer), table[i].local);
		EXPECT_NUMBER(u, arg, path_is_postmaster(p.local),
		    table[i].postmaster);
	}
}

static void
hosts(struct unit *u, const struct guard *g)
{
	static const struct span good[] = { L("a"), L("a.b"), L("[::1]"),
		L("a_b.c"), L("1.2"), L("a-b") };
	static const struct span bad[] = { L(""), L("."), L("a."), L(".a"),
		L("-a"), L("a-"), L("a b"), L("a\0"), L("\0"), L("["), L("[]"),
		L("[1"), L("[1]a"), L("]"), L("a/b"), L("a@b"), L("<a>"),
		L("a\n"), L("\xc3\xa9"), L("[\xff]") };
	char octets[256];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		EXPECT_TRUE(u, good[i], path_is_host(guarded(g, good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_TRUE(u, bad[i], !path_is_host(guarded(g, bad[i])));
	memset(octets, 'a', sizeof(octets));
	EXPECT_TRUE(u, span_of("a host of 255 octets"),
	    path_is_host(guarded(g, (struct span){ octets, 255 })));
	EXPECT_TRUE(u, span_of("a host of 256 octets"),
	    !path_is_host(guarded(g, (struct span){ octets, 256 })));
}

/* The longest local part fits into the required buffer. */
static void
longest_local_part(struct unit *u, const struct guard *g)
{
	struct guard second = guard_open(ROOM);
	char *buffer = guarded_room(g, PATH_MAX_OCTETS);
	char octets[PATH_MAX_OCTETS + 2];
	struct span arg, rest;
	struct path p;

	memset(octets, 'q', sizeof(octets));
	memcpy(octets, "<\"", 2);
	memcpy(octets + sizeof(octets) - 4, "\"@b>", 4);
	arg = guarded(&second, (struct span){ octets, sizeof(octets) });
	EXPECT_NUMBER(u, arg, path_parse(arg, &p, &rest), PATH_OK);
	EXPECT_NUMBER(u, arg, path_local(&p, buffer).n, PATH_MAX_OCTETS - 4);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	sizes(&u, &g);
	single_octets(&u, &g);
	local_parts(&u, &g);
	longest_local_part(&u, &g);
	hosts(&u, &g);
	return unit_end(&u);
}
