/* header: first lines that a message may start with, whole and cut anywhere. */
#include "smtp/header.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { LONGEST = 3000 };

#define L(text) LITERAL(text)

static const struct {
	struct span message;
	enum header_result want;
} table[] = {
	{ L(""), HEADER_OK },
	{ L("\n"), HEADER_OK },
	{ L("\nx"), HEADER_OK },
	{ L("a:"), HEADER_OK },
	{ L("a:\n"), HEADER_OK },
	{ L("Subject: x\n"), HEADER_OK },
	{ L("!~-_: x"), HEADER_OK },
	{ L("a \t : x\n"), HEADER_OK },
	{ L("From x\n"), HEADER_OK },
	{ L("From "), HEADER_OK },
	{ L("From: x"), HEADER_OK },
	{ L("From"), HEADER_MISSING },
	{ L("From\tx"), HEADER_MISSING },
	{ L("from x"), HEADER_MISSING },
	{ L(":"), HEADER_MISSING },
	{ L(" a: b"), HEADER_MISSING },
	{ L("\ta: b"), HEADER_MISSING },
	{ L("a"), HEADER_MISSING },
	{ L("a\n: b"), HEADER_MISSING },
	{ L("a b: c"), HEADER_MISSING },
	{ L("a\x7f: c"), HEADER_MISSING },
	{ L("caf\xc3\xa9: c"), HEADER_MISSING },
	{ L("a\0: c"), HEADER_MISSING },
	{ L("\0"), HEADER_MISSING },
};

/* The result of the first N octets for all N in ascending order, until it is
 * known. */
static enum header_result
in_pieces(const struct guard *g, struct span message)
{
	enum header_result r = HEADER_MORE;
	struct span front = message;
	size_t n;

	for (n = 0; n <= message.n && r == HEADER_MORE; n++) {
		front.n = n;
		r = header_check(guarded(g, front), false);
	}
	return r == HEADER_MORE ? header_check(guarded(g, message), true) : r;
}

static void
expect(struct unit *u, const struct guard *g, struct span message,
    enum header_result want)
{
	struct span name = { message.s, message.n < 40 ? message.n : 40 };

	EXPECT_NUMBER(u, name, header_check(guarded(g, message), true), want);
	EXPECT_NUMBER(u, name, in_pieces(g, message), want);
}

/* The colon may be the last of the first 998 octets. */
static void
long_lines(struct unit *u, const struct guard *g)
{
	static char line[LONGEST];
	size_t n;

	for (n = HEADER_LINE_MAX - 2; n <= HEADER_LINE_MAX + 1; n++) {
		memset(line, 'x', sizeof(line));
		line[n] = ':';
		expect(u, g, (struct span){ line, sizeof(line) },
		    n < HEADER_LINE_MAX ? HEADER_OK : HEADER_MISSING);
		memset(line + 1, ' ', n - 1);
		expect(u, g, (struct span){ line, sizeof(line) },
		    n < HEADER_LINE_MAX ? HEADER_OK : HEADER_MISSING);
	}
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard guard = guard_open(LONGEST);
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		expect(&u, &guard, table[i].message, table[i].want);
	long_lines(&u, &guard);
	return unit_end(&u);
}
