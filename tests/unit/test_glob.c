/* glob: which texts match a pattern, compared with the C library's fnmatch().
 * And escape: the octets after a backslash. */
#include "client/glob.h"

#include <fnmatch.h>
#include <unistd.h>

#include "client/escape.h"
#include "unit.h"

enum {
	ROOM = 70000,
	PAIRS = 300000,
};

#define L(text) LITERAL(text)

static const struct {
	struct span pattern, text;
} good[] = {
	{ L(""), L("") },
	{ L("*"), L("") },
	{ L("*"), L("a\0b") },
	{ L("a*"), L("a") },
	{ L("250 *"), L("250 2.0.0 OK") },
	{ L("250?*"), L("250-PIPELINING") },
	{ L("*.example.org*"), L("220 mail.example.org ESMTP") },
	{ L("*ab*ab"), L("abbabxab") },
	{ L("?"), L("\0") },
	{ L("?"), L("\xff") },
	{ L("[a-c]"), L("b") },
	{ L("[!a-c]"), L("d") },
	{ L("[^a-c]"), L("d") },
	{ L("[]]"), L("]") },
	{ L("[!]]"), L("a") },
	{ L("[a-]"), L("-") },
	{ L("[\\]x]"), L("]") },
	{ L("[\\x00-\\x1f]"), L("\t") },
	{ L("25[05] ok"), L("255 ok") },
	{ L("["), L("[") },
	{ L("[a"), L("[a") },
	{ L("\\["), L("[") },
	{ L("\\*\\?\\[\\\\"), L("*?[\\") },
	{ L("\\a"), L("a") },
	{ L("\\"), L("\\") },
	{ L("\\r\\n\\x00\\xFF"), L("\r\n\0\xff") },
	{ L("\\x4"), L("x4") },
};

static const struct {
	struct span pattern, text;
} bad[] = {
	{ L(""), L("a") },
	{ L("a"), L("") },
	{ L("?"), L("") },
	{ L("a"), L("A") },
	{ L("250 *"), L("250-x") },
	{ L("250 OK"), L("250 OK ") },
	{ L("*a"), L("ab") },
	{ L("*ab*ab"), L("abbaxb") },
	{ L("a*b*c"), L("acb") },
	{ L("[a-c]"), L("d") },
	{ L("[a-c]"), L("") },
	{ L("[a-c]"), L("[a-c]") },
	{ L("[!a-c]"), L("b") },
	{ L("[c-a]"), L("b") },
	{ L("[]"), L("") },
	{ L("\\*"), L("a") },
	{ L("\\?"), L("a") },
	{ L("\\x41"), L("x41") },
	{ L("a\0"), L("a") },
	{ L("a"), L("a\0b") },
};

static const struct span nonsense[] = { L(""), L("x"), L("x4"), L("x4g"),
	L("q"), L("0") };

/* The pattern remains valid, and so does the text: only the second one ends at
 * a guard page. */
static void
table(struct unit *u, const struct guard *pattern, const struct guard *text)
{
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		EXPECT_TRUE(u, good[i].pattern,
		    glob_matches(guarded(pattern, good[i].pattern),
		        guarded(text, good[i].text)));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_TRUE(u, bad[i].pattern,
		    !glob_matches(guarded(pattern, bad[i].pattern),
		        guarded(text, bad[i].text)));
}

/* A random text of LETTERS, of up to MAX octets. */
static struct span
any_text(uint64_t *dice, struct span letters, char *room, size_t max)
{
	struct span text = { room, random_next(dice) % (max + 1) };
	size_t i;

	for (i = 0; i < text.n; i++)
		room[i] = letters.s[random_next(dice) % letters.n];
	room[text.n] = '\0';
	return text;
}

/* C libraries differ about sets with backslashes and empty ranges. */
static void
against_fnmatch(struct unit *u)
{
	static const struct span letters = L("aabbc*?[]!");
	char one[16], other[16];
	struct span pattern, text;
	uint64_t dice = 1;
	unsigned matches = 0;
	size_t i;
	bool want;

	for (i = 0; i < PAIRS; i++) {
		pattern = any_text(&dice, letters, one, 8);
		text = any_text(&dice, letters, other, 6);
		want = fnmatch(one, other, 0) == 0;
		matches += want;
		if (glob_matches(pattern, text) != want)
			EXPECT_TRUE(u, pattern, false);
	}
	EXPECT_TRUE(u, span_of("as fnmatch() has it"), matches > PAIRS / 100);
}

/* Trying all ways to divide the text would never end. */
static void
long_text(struct unit *u, const struct guard *g)
{
	char *room = guarded_room(g, ROOM);
	size_t i;

	for (i = 0; i < ROOM; i++)
		room[i] = 'a';
	EXPECT_TRUE(u, span_of("a long line that matches"),
	    glob_matches(span_of("*a*a*a*a*a*a*a*a"),
	        (struct span){ room, ROOM }));
	EXPECT_TRUE(u, span_of("a long line that does not"),
	    !glob_matches(span_of("*a*a*a*a*a*a*a*a*b"),
	        (struct span){ room, ROOM }));
}

static void
escapes(struct unit *u, const struct guard *g)
{
	struct span rest = guarded(g, span_of("x4Fz"));
	char octet = 0;
	size_t i;

	EXPECT_TRUE(u, span_of("two digits"),
	    escape_take(&rest, &octet) && octet == 'O' && rest.n == 1);
	for (i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++) {
		rest = guarded(g, nonsense[i]);
		EXPECT_TRUE(u, nonsense[i],
		    !escape_take(&rest, &octet) && rest.n == nonsense[i].n);
	}
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard pattern = guard_open(ROOM), text = guard_open(ROOM);

	table(&u, &pattern, &text);
	against_fnmatch(&u);
	long_text(&u, &text);
	escapes(&u, &text);
	return unit_end(&u);
}
