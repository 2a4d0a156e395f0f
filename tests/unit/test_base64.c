/* base64: the vectors of RFC 4648 10, every octet, and what is no base64. */
#include "smtp/base64.h"

#include <unistd.h>

#include "base/text.h"
#include "unit.h"

static const struct {
	struct span code, want;
} good[] = {
	{ LITERAL(""), LITERAL("") },
	{ LITERAL("Zg=="), LITERAL("f") },
	{ LITERAL("Zm8="), LITERAL("fo") },
	{ LITERAL("Zm9v"), LITERAL("foo") },
	{ LITERAL("Zm9vYg=="), LITERAL("foob") },
	{ LITERAL("Zm9vYmE="), LITERAL("fooba") },
	{ LITERAL("Zm9vYmFy"), LITERAL("foobar") },
	{ LITERAL("AHUAcA=="), LITERAL("\0u\0p") },
	{ LITERAL("+/8="), LITERAL("\373\377") },
};

static const struct span bad[] = {
	LITERAL("="),
	LITERAL("=="),
	LITERAL("===="),
	LITERAL("Z"),
	LITERAL("Zg"),
	LITERAL("Zg="),
	LITERAL("Zm8"),
	LITERAL("Z==="),
	LITERAL("Zg==Zg=="),
	LITERAL("Zm=v"),
	LITERAL("Zh=="), /* a bit that is not used */
	LITERAL("Zm9="),
	LITERAL("Zm9 "),
	LITERAL(" Zm9"),
	LITERAL("Zm-_"),
	LITERAL("Zm9\0"),
	LITERAL("Zm9\303"),
	LITERAL("Zm9v\r\n\r\n"),
};

/* Decodes CODE, at the end of readable memory, into MAX octets. */
static bool
decode(const struct guard *g, struct span code, struct text *out, size_t max)
{
	static char buffer[16];

	*out = text_in(buffer, max);
	return base64_decode(guarded(g, code), out);
}

/* Each octet, as the first of one that is coded. */
static void
check_every_octet(struct unit *u, const struct guard *g)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	struct text out;
	unsigned i;

	for (i = 0; i < 256; i++) {
		char code[] = { digits[i >> 2], digits[(i & 3) << 4], '=',
			'=' };

		EXPECT_TRUE(u, span_of("it is base64"),
		    decode(g, (struct span){ code, 4 }, &out, 1));
		EXPECT_NUMBER(u, span_of("the octet"), (unsigned char)out.s[0],
		    i);
	}
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard guard = guard_open(64);
	struct text out;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		EXPECT_TRUE(&u, good[i].code,
		    decode(&guard, good[i].code, &out, 16));
		EXPECT_SPAN(&u, good[i].code, text_span_of(&out), good[i].want);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_TRUE(&u, bad[i], !decode(&guard, bad[i], &out, 16));
	EXPECT_TRUE(&u, span_of("room"),
	    decode(&guard, span_of("Zm9v"), &out, 3));
	EXPECT_TRUE(&u, span_of("no room"),
	    !decode(&guard, span_of("Zm9v"), &out, 2));
	check_every_octet(&u, &guard);
	return unit_end(&u);
}
