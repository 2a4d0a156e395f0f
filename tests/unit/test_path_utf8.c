/* path: an address may contain UTF-8 as in RFC 3629, and no other octets. */
#include "smtp/path.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { ROOM = 256 };

/* UTF8-octets of RFC 3629 4, a row for each production. */
static bool
is_code_point(const unsigned char *s, size_t n)
{
	static const struct {
		unsigned char lead[2], second[2];
		size_t n;
	} rows[] = {
		{ { 0xc2, 0xdf }, { 0x80, 0xbf }, 2 },
		{ { 0xe0, 0xe0 }, { 0xa0, 0xbf }, 3 },
		{ { 0xe1, 0xec }, { 0x80, 0xbf }, 3 },
		{ { 0xed, 0xed }, { 0x80, 0x9f }, 3 },
		{ { 0xee, 0xef }, { 0x80, 0xbf }, 3 },
		{ { 0xf0, 0xf0 }, { 0x90, 0xbf }, 4 },
		{ { 0xf1, 0xf3 }, { 0x80, 0xbf }, 4 },
		{ { 0xf4, 0xf4 }, { 0x80, 0x8f }, 4 },
	};
	bool fits = false;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		fits = fits ||
		    (n == rows[i].n && s[0] >= rows[i].lead[0] &&
		        s[0] <= rows[i].lead[1] && s[1] >= rows[i].second[0] &&
		        s[1] <= rows[i].second[1]);
	for (i = 2; i < n; i++)
		fits = fits && s[i] >= 0x80 && s[i] <= 0xbf;
	return fits;
}

/* True if S is a sequence of code points. */
static bool
is_text(const unsigned char *s, size_t n)
{
	size_t one;

	while (n > 0) {
		for (one = 2; one <= 4 && one <= n; one++)
			if (is_code_point(s, one))
				break;
		if (one > 4 || one > n)
			return false;
		s += one;
		n -= one;
	}
	return true;
}

/* Is the result for N octets as a local part that of the RFC? */
static bool
agrees(const struct guard *g, const unsigned char *s, size_t n)
{
	char octets[16] = "<";
	enum path_result want = is_text(s, n) ? PATH_OK : PATH_BAD;
	struct span arg, rest;
	struct path p;

	memcpy(octets + 1, s, n);
	memcpy(octets + 1 + n, "@b>", 3);
	arg = guarded(g, (struct span){ octets, n + 4 });
	return path_parse(arg, &p, &rest) == want;
}

/* S begins with two octets.  Returns the number of wrong results for all texts
 * that continue with octets near the limits. */
static unsigned
disagreements(const struct guard *g, unsigned char s[static 4])
{
	static const unsigned char next[] = { 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	unsigned wrong = !agrees(g, s, 2);
	size_t i, j;

	for (i = 0; i < sizeof(next); i++) {
		s[2] = next[i];
		wrong += !agrees(g, s, 3);
		for (j = 0; j < sizeof(next); j++) {
			s[3] = next[j];
			wrong += !agrees(g, s, 4);
		}
	}
	return wrong;
}

static void
utf8(struct unit *u, const struct guard *g)
{
	unsigned char s[4];
	unsigned lead, second, wrong = 0;

	for (lead = 0x80; lead < 256; lead++) {
		s[0] = (unsigned char)lead;
		wrong += !agrees(g, s, 1);
		for (second = 0x80; second < 256; second++) {
			s[1] = (unsigned char)second;
			wrong += disagreements(g, s);
		}
	}
	EXPECT_NUMBER(u, span_of("UTF-8 as in RFC 3629"), wrong, 0);
}

/* The examples of RFC 3629 10 give the right production. */
static void
wrong_text(struct unit *u)
{
	static const unsigned char overlong[] = { 0xc0, 0x80 };
	static const unsigned char surrogate[] = { 0xed, 0xa1, 0x8c };
	static const unsigned char letter[] = { 0xe6, 0x97, 0xa5 };

	EXPECT_TRUE(u, span_of("overlong"), !is_text(overlong, 2));
	EXPECT_TRUE(u, span_of("a surrogate"), !is_text(surrogate, 3));
	EXPECT_TRUE(u, span_of("a letter"), is_text(letter, 3));
	EXPECT_TRUE(u, span_of("two thirds of it"), !is_text(letter, 2));
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	wrong_text(&u);
	utf8(&u, &g);
	return unit_end(&u);
}
