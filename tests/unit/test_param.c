/* param: SIZE, BODY, SMTPUTF8, and that no other parameter is accepted. */
#include "smtp/param.h"

#include <unistd.h>

#include "unit.h"

enum { ROOM = 256 };

#define L(text) LITERAL(text)

static const struct {
	struct span rest;
	struct mail_params want;
} good[] = {
	{ L(""), { false, false, false, 0, false } },
	{ L(" "), { false, false, false, 0, false } },
	{ L("  \t "), { false, false, false, 0, false } },
	{ L(" SIZE=0"), { true, false, false, 0, false } },
	{ L("\tsize=1"), { true, false, false, 1, false } },
	{ L(" Size=00000000000000000001"), { true, false, false, 1, false } },
	{ L(" SIZE=18446744073709551615"),
	    { true, false, false, UINT64_MAX, false } },
	/* A number above 64 bits is too big, not malformed. */
	{ L(" SIZE=18446744073709551616"),
	    { true, false, false, UINT64_MAX, false } },
	{ L(" SIZE=99999999999999999999"),
	    { true, false, false, UINT64_MAX, false } },
	{ L(" BODY=7BIT"), { false, true, false, 0, false } },
	{ L(" body=8bitmime "), { false, true, false, 0, false } },
	{ L(" SIZE=12 BODY=8BITMIME"), { true, true, false, 12, false } },
	{ L(" BODY=7bit   SIZE=12\t"), { true, true, false, 12, false } },
	{ L(" SMTPUTF8"), { false, false, true, 0, false } },
	{ L("\tsmtputf8 "), { false, false, true, 0, false } },
	{ L(" SMTPUTF8 SIZE=3"), { true, false, true, 3, false } },
	{ L(" SIZE=3 SmtpUtf8 BODY=8BITMIME"), { true, true, true, 3, false } },
	{ L(" AUTH=<>"), { false, false, false, 0, true } },
	{ L(" auth=e+3Dmc2@example.com"), { false, false, false, 0, true } },
	{ L(" AUTH=+00+FF SIZE=3"), { true, false, false, 3, true } },
};

static const struct {
	struct span rest;
	enum param_result result;
} bad[] = {
	/* A blank must follow the path. */
	{ L("S"), PARAM_BAD },
	{ L("="), PARAM_BAD },
	{ L(">"), PARAM_BAD },
	{ L("SIZE=1"), PARAM_BAD },
	{ L("\0"), PARAM_BAD },
	{ L("\0 SIZE=1"), PARAM_BAD },
	/* Invalid values. */
	{ L(" SIZE"), PARAM_BAD },
	{ L(" SIZE="), PARAM_BAD },
	{ L(" SIZE= 1"), PARAM_BAD },
	{ L(" SIZE =1"), PARAM_BAD },
	{ L(" SIZE==1"), PARAM_BAD },
	{ L(" SIZE=1="), PARAM_BAD },
	{ L(" SIZE=1=2"), PARAM_BAD },
	{ L(" SIZE=-1"), PARAM_BAD },
	{ L(" SIZE=+1"), PARAM_BAD },
	{ L(" SIZE=1k"), PARAM_BAD },
	{ L(" SIZE=0x1"), PARAM_BAD },
	{ L(" SIZE=1.0"), PARAM_BAD },
	{ L(" SIZE=1\0"), PARAM_BAD },
	{ L(" SIZE=\0"), PARAM_BAD },
	{ L(" SIZE=1\xb2"), PARAM_BAD },
	{ L(" SIZE=000000000000000000001"), PARAM_BAD },
	{ L(" SIZE=100000000000000000000"), PARAM_BAD },
	{ L(" BODY"), PARAM_BAD },
	{ L(" BODY="), PARAM_BAD },
	{ L(" BODY=8BIT"), PARAM_BAD },
	{ L(" BODY=7BITS"), PARAM_BAD },
	{ L(" BODY=BINARYMIME"), PARAM_BAD },
	{ L(" BODY=7BIT\0"), PARAM_BAD },
	{ L(" BODY=7BIT=7BIT"), PARAM_BAD },
	{ L(" SMTPUTF8="), PARAM_BAD },
	{ L(" SMTPUTF8=1"), PARAM_BAD },
	{ L(" SMTPUTF8=\0"), PARAM_BAD },
	{ L(" SMTPUTF8 =1"), PARAM_UNKNOWN },
	{ L(" SMTPUTF8= "), PARAM_BAD },
	/* Twice. */
	{ L(" SIZE=1 SIZE=1"), PARAM_BAD },
	{ L(" SIZE=1 BODY=7BIT size=2"), PARAM_BAD },
	{ L(" BODY=7BIT BODY=7BIT"), PARAM_BAD },
	{ L(" SMTPUTF8 SMTPUTF8"), PARAM_BAD },
	{ L(" SMTPUTF8 SIZE=1 smtputf8"), PARAM_BAD },
	/* Unknown; the first error is reported. */
	{ L(" S"), PARAM_UNKNOWN },
	{ L(" SIZ=1"), PARAM_UNKNOWN },
	{ L(" SIZES=1"), PARAM_UNKNOWN },
	{ L(" SMTPUTF"), PARAM_UNKNOWN },
	{ L(" SMTPUTF8X"), PARAM_UNKNOWN },
	{ L(" UTF8SMTP"), PARAM_UNKNOWN },
	{ L(" SMTPUTF8\0"), PARAM_BAD },
	{ L(" FOO"), PARAM_UNKNOWN },
	{ L(" FOO="), PARAM_UNKNOWN },
	{ L(" FOO=BAR"), PARAM_UNKNOWN },
	{ L(" AUTH"), PARAM_BAD },
	{ L(" AUTH="), PARAM_BAD },
	{ L(" AUTH=a AUTH=a"), PARAM_BAD },
	{ L(" AUTH=a+"), PARAM_BAD },
	{ L(" AUTH=a+2"), PARAM_BAD },
	{ L(" AUTH=+3d"), PARAM_BAD },
	{ L(" AUTH=+3G"), PARAM_BAD },
	{ L(" AUTH=\303\244"), PARAM_BAD },
	{ L(" SIZE=1 FOO=2"), PARAM_UNKNOWN },
	{ L(" FOO=2 SIZE=x"), PARAM_UNKNOWN },
	{ L(" SIZE=x FOO=2"), PARAM_BAD },
};

/* A parameter must have a name; either error is right. */
static const struct span nameless[] = {
	L(" ="),
	L(" =1"),
	L(" \0"),
	L(" \0=1"),
	L(" SIZE=1 ="),
	L(" \x01=1"),
};

static void
good_params(struct unit *u, const struct guard *g)
{
	struct mail_params got;
	struct span rest;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		rest = guarded(g, good[i].rest);
		got = (struct mail_params){ true, true, true, 77, true };
		EXPECT_NUMBER(u, rest, param_parse_mail(rest, true, &got),
		    PARAM_OK);
		EXPECT_NUMBER(u, rest, got.has_size, good[i].want.has_size);
		EXPECT_NUMBER(u, rest, got.has_body, good[i].want.has_body);
		EXPECT_NUMBER(u, rest, got.utf8, good[i].want.utf8);
		EXPECT_NUMBER(u, rest, got.size, good[i].want.size);
		EXPECT_NUMBER(u, rest, got.has_auth, good[i].want.has_auth);
	}
}

static void
bad_params(struct unit *u, const struct guard *g)
{
	struct mail_params got = { false, true, true, 77, true };
	struct span rest;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		rest = guarded(g, bad[i].rest);
		EXPECT_NUMBER(u, rest, param_parse_mail(rest, true, &got),
		    bad[i].result);
	}
	for (i = 0; i < sizeof(nameless) / sizeof(*nameless); i++) {
		rest = guarded(g, nameless[i]);
		EXPECT_TRUE(u, rest,
		    param_parse_mail(rest, true, &got) != PARAM_OK);
	}
	EXPECT_TRUE(u, span_of("results are written only on success"),
	    !got.has_size && got.has_body && got.utf8 && got.size == 77 &&
	        got.has_auth);
}

static void
where_none_is_known(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span rest;
		enum param_result result;
	} table[] = {
		{ L(""), PARAM_OK },
		{ L(" "), PARAM_OK },
		{ L(" \t "), PARAM_OK },
		{ L("x"), PARAM_BAD },
		{ L("\0"), PARAM_BAD },
		{ L("SIZE=1"), PARAM_BAD },
		{ L(" SIZE=1"), PARAM_UNKNOWN },
		{ L(" BODY=7BIT"), PARAM_UNKNOWN },
		{ L(" SMTPUTF8"), PARAM_UNKNOWN },
		{ L("\tNOTIFY=NEVER"), PARAM_UNKNOWN },
		{ L(" \0"), PARAM_UNKNOWN },
	};
	struct span rest;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		rest = guarded(g, table[i].rest);
		EXPECT_NUMBER(u, rest, param_parse_none(rest), table[i].result);
	}
}

/* Whatever its value; the first error is reported. */
static void
where_auth_is_unknown(struct unit *u, const struct guard *g)
{
	static const struct span table[] = { L(" AUTH"), L(" AUTH="),
		L(" AUTH=<>"), L(" auth=a+"), L(" AUTH=a AUTH=a"),
		L(" SIZE=1 AUTH=a"), L(" AUTH=a SIZE=x") };
	struct mail_params got;
	struct span rest;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		rest = guarded(g, table[i]);
		EXPECT_NUMBER(u, rest, param_parse_mail(rest, false, &got),
		    PARAM_UNKNOWN);
	}
	EXPECT_NUMBER(u, span_of("BODY"),
	    param_parse_mail(span_of(" BODY=7BIT"), false, &got), PARAM_OK);
}

/* A prefix is a valid number, an error, or no parameter. */
static void
cut_params(struct unit *u, const struct guard *g)
{
	static const char all[] = " SIZE=18446744073709551616 BODY=8BITMIME x";
	struct mail_params got;
	unsigned fine = 0;
	size_t n;

	for (n = 0; n < sizeof(all); n++)
		fine += param_parse_mail(guarded(g, (struct span){ all, n }),
		            true, &got) == PARAM_OK;
	EXPECT_NUMBER(u,
	    span_of("cut anywhere: within the digits or at a blank"), fine,
	    20 + 5);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	good_params(&u, &g);
	bad_params(&u, &g);
	where_none_is_known(&u, &g);
	where_auth_is_unknown(&u, &g);
	cut_params(&u, &g);
	return unit_end(&u);
}
