/* bdat: the argument of BDAT, which gives the number of octets that are not
 * commands; any doubtful one is invalid. */
#include <fcntl.h>
#include <unistd.h>

#include "smtp/bdat.h"
#include "unit.h"

#define L(text) LITERAL(text)

enum {
	ROOM = 256,
	UNTOUCHED = 77,
};

struct good {
	struct span arg;
	uint64_t size;
	bool last;
};

static const struct good goods[] = {
	{ L("0"), 0, false },
	{ L("1"), 1, false },
	{ L("0 LAST"), 0, true },
	{ L("86 LAST"), 86, true },
	{ L("86 last"), 86, true },
	{ L("86 LaSt"), 86, true },
	{ L("86\tLAST"), 86, true },
	{ L("86 \t LAST"), 86, true },
	{ L("86 LAST \t"), 86, true },
	{ L("86 "), 86, false },
	{ L("86\t \t"), 86, false },
	{ L("00000000000000000000000000000086"), 86, false },
	{ L("000 LAST"), 0, true },
	{ L("4294967295"), UINT32_MAX, false },
	{ L("4294967296"), (uint64_t)UINT32_MAX + 1, false },
	{ L("9223372036854775808"), (uint64_t)INT64_MAX + 1, false },
	{ L("18446744073709551615"), UINT64_MAX, false },
	{ L("18446744073709551615 LAST"), UINT64_MAX, true },
	{ L("0018446744073709551615 LAST"), UINT64_MAX, true },
};

static const struct span bads[] = {
	L(""),
	L(" "),
	L("LAST"),
	L("LAST 1"),
	L("18446744073709551616"),
	L("18446744073709551616 LAST"),
	L("18446744073709551617"),
	L("18446744073709551625"),
	L("36893488147419103232"),
	L("99999999999999999999"),
	L("100000000000000000000"),
	L("0018446744073709551616"),
	L("999999999999999999999999999999999999999999999 LAST"),
	L("-1"),
	L("-0"),
	L("+1"),
	L("+"),
	L("-"),
	L("1-"),
	L("0x10"),
	L("1e3"),
	L("1k"),
	L("1.0"),
	L("1,000"),
	L("1 000"),
	L("1 2"),
	L("1 2 LAST"),
	L("1LAST"),
	L("1 LAS"),
	L("1 LASTS"),
	L("1 LAST LAST"),
	L("1 LAST x"),
	L("1 LAST 1"),
	L("1 FIRST"),
	L("1 x LAST"),
	L("1 \"LAST\""),
	L("1 LAST\0"),
	L("1\0"),
	L("1\0 LAST"),
	L("\0001"),
	L("1\rLAST"),
	L("1\nLAST"),
	L("1\vLAST"),
	L("1\xc2\xa0LAST"),
	L("\xb2"),
	L("\xef\xbc\x91"),
	L("1 L\xc3\x84ST"),
};

static void
ask(struct unit *u, const struct guard *g, const struct good *want)
{
	struct span arg = guarded(g, want->arg);
	uint64_t size = UNTOUCHED;
	bool last = !want->last;

	EXPECT_TRUE(u, arg, bdat_parse(arg, &size, &last));
	EXPECT_NUMBER(u, arg, size, want->size);
	EXPECT_NUMBER(u, arg, last, want->last);
}

static void
refuse(struct unit *u, const struct guard *g, struct span bad)
{
	struct span arg = guarded(g, bad);
	uint64_t size = UNTOUCHED;
	bool last = true;

	EXPECT_TRUE(u, arg, !bdat_parse(arg, &size, &last));
	EXPECT_TRUE(u, span_of("nothing is written"),
	    size == UNTOUCHED && last);
}

/* A prefix is a size only if it ends within the digits, after them or after all
 * of LAST. */
static void
cut_off(struct unit *u, const struct guard *g)
{
	static const char all[] = "18446744073709551615 LAST ";
	unsigned fine = 0;
	uint64_t size;
	bool last;
	size_t n;

	for (n = 0; n < sizeof(all); n++)
		fine += bdat_parse(guarded(g, (struct span){ all, n }), &size,
		    &last);
	EXPECT_NUMBER(u, span_of("cut anywhere"), fine, 20 + 1 + 2);
}

/* A wrong result of any row is detected. */
static void
wrong_answers(struct unit *u, const struct guard *g)
{
	static const struct good wrong[] = { { L("1 LAST"), 1, false },
		{ L("2"), 1, false }, { L("x"), 1, false } };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, g, &wrong[0]);
	ask(&inner, g, &wrong[1]);
	EXPECT_NUMBER(u, span_of("one wrong each"), inner.failures, 2);
	ask(&inner, g, &wrong[2]);
	EXPECT_NUMBER(u, span_of("and three"), inner.failures, 5);
	refuse(&inner, g, goods[0].arg);
	EXPECT_NUMBER(u, span_of("what is good is refused"), inner.failures, 7);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);
	size_t i;

	for (i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		ask(&u, &g, &goods[i]);
	for (i = 0; i < sizeof(bads) / sizeof(*bads); i++)
		refuse(&u, &g, bads[i]);
	cut_off(&u, &g);
	wrong_answers(&u, &g);
	return unit_end(&u);
}
