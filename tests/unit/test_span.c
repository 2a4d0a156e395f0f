/* span and text: splitting and joining, numbers up to 2^64, and which first
 * lines are not SMTP. */
#include "base/span.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/nonsmtp.h"
#include "unit.h"

enum { ROOM = 4096 };

#define L(text) LITERAL(text)

static void
classes(struct unit *u)
{
	unsigned c, wrong = 0;
	unsigned char o;
	bool upper, lower;

	for (c = 0; c < 256; c++) {
		o = (unsigned char)c;
		upper = c >= 65 && c <= 90;
		lower = c >= 97 && c <= 122;
		wrong += is_blank(o) != (c == 32 || c == 9);
		wrong += is_not_blank(o) != (c != 32 && c != 9);
		wrong += is_not_control(o) != (c >= 32 && c != 127);
		wrong += is_alpha(o) != (upper || lower);
		wrong += is_digit(o) != (c >= 48 && c <= 57);
		wrong += is_printable(o) != (c >= 32 && c <= 126);
		wrong += to_lower(o) != (upper ? c + 32 : c);
		wrong += to_upper(o) != (lower ? c - 32 : c);
	}
	EXPECT_NUMBER(u, span_of("what each octet is"), wrong, 0);
}

static void
comparing(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span a, b;
		bool same;
	} table[] = {
		{ L(""), L(""), true },
		{ L("aZ"), L("Az"), true },
		{ L("a\0b"), L("A\0B"), true },
		{ L("\xff"), L("\xff"), true },
		{ L("a"), L(""), false },
		{ L("a"), L("ab"), false },
		{ L("a\0b"), L("a\0c"), false },
		{ L("@"), L("`"), false },
		{ L("["), L("{"), false },
		{ L("\xc1"), L("\xe1"), false },
	};
	struct guard second = guard_open(ROOM);
	struct span a, b;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		a = guarded(g, table[i].a);
		b = guarded(&second, table[i].b);
		EXPECT_NUMBER(u, a, span_same(a, b), table[i].same);
		EXPECT_NUMBER(u, b, span_same(b, a), table[i].same);
	}
	a = guarded(g, span_of("abc"));
	EXPECT_TRUE(u, a, span_is(a, "ABC") && !span_is(a, "ab"));
	EXPECT_TRUE(u, a, !span_is(a, "abcd") && !span_is(a, ""));
	EXPECT_TRUE(u, a, span_all(a, is_alpha) && !span_all(a, is_digit));
	a.n = 0;
	EXPECT_TRUE(u, a, span_all(a, is_alpha) && span_is(a, ""));
}

static void
taking(struct unit *u, const struct guard *g)
{
	static const struct span text = L("Ab1 \tc:d"), nothing = L("");
	struct span all = guarded(g, text), rest = all;

	EXPECT_TRUE(u, all, !span_take(&rest, 'a') && rest.n == all.n);
	EXPECT_TRUE(u, all, span_take(&rest, 'A') && rest.s == all.s + 1);
	rest = all;
	EXPECT_TRUE(u, all, !span_take_word(&rest, "abc") && rest.s == all.s);
	EXPECT_TRUE(u, all, !span_take_word(&rest, "Ab1 \tc:dd"));
	EXPECT_TRUE(u, all, span_take_word(&rest, "") && rest.n == all.n);
	EXPECT_TRUE(u, all, span_take_word(&rest, "aB") && rest.n == 6);
	EXPECT_SPAN(u, all, span_take_while(&rest, is_alpha), nothing);
	EXPECT_SPAN(u, all, span_take_while(&rest, is_digit), span_of("1"));
	EXPECT_SPAN(u, all, span_trim(rest), span_of("c:d"));
	EXPECT_SPAN(u, all, span_take_until(&rest, ':'), span_of(" \tc"));
	EXPECT_SPAN(u, all, span_take_until(&rest, ':'), nothing);
	EXPECT_SPAN(u, all, span_take_n(&rest, 1), span_of(":"));
	EXPECT_SPAN(u, all, span_take_until(&rest, ':'), span_of("d"));
	EXPECT_SPAN(u, all, span_take_n(&rest, SIZE_MAX), nothing);
	EXPECT_SPAN(u, all, span_take_while(&rest, is_alpha), nothing);
	EXPECT_TRUE(u, all, !span_take(&rest, '\0') && rest.n == 0);
	EXPECT_TRUE(u, all, !span_take_word(&rest, "x"));
	EXPECT_TRUE(u, all, rest.s == all.s + all.n);
	rest = guarded(g, text);
	EXPECT_SPAN(u, all, span_take_n(&rest, SIZE_MAX), text);
}

static void
trimming(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span text, end, both;
	} table[] = {
		{ L(""), L(""), L("") },
		{ L(" "), L(""), L("") },
		{ L("\t \t"), L(""), L("") },
		{ L(" a b "), L(" a b"), L("a b") },
		{ L("a\0 "), L("a\0"), L("a\0") },
		{ L(" a\r"), L(" a\r"), L("a\r") },
		{ L("\xa0 "), L("\xa0"), L("\xa0") },
	};
	struct span text;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		text = guarded(g, table[i].text);
		EXPECT_SPAN(u, text, span_trim_end(text), table[i].end);
		EXPECT_SPAN(u, text, span_trim(text), table[i].both);
	}
}

static void
numbers(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span digits;
		uint64_t number;
	} good[] = {
		{ L("0"), 0 },
		{ L("00"), 0 },
		{ L("7"), 7 },
		{ L("0000000000000000000000000000000000001"), 1 },
		{ L("9223372036854775808"), 9223372036854775808U },
		{ L("18446744073709551609"), UINT64_MAX - 6 },
		{ L("18446744073709551610"), UINT64_MAX - 5 },
		{ L("18446744073709551614"), UINT64_MAX - 1 },
		{ L("18446744073709551615"), UINT64_MAX },
	};
	static const struct span bad[] = { L(""), L(" "), L("-1"), L("+1"),
		L(" 1"), L("1 "), L("1\0"), L("\0"), L("1a"), L("a"), L("0x1"),
		L("1.0"), L("/"), L(":"), L("\xb2"), L("18446744073709551616"),
		L("18446744073709551620"), L("18446744073709551700"),
		L("36893488147419103232"), L("99999999999999999999"),
		L("184467440737095516150"), L("340282366920938463463") };
	uint64_t number;
	struct span octets = guarded(g, span_of("\x81\2\xff\xfe"));
	size_t i;

	EXPECT_NUMBER(u, span_of("four octets"), span_big_endian(octets, 0, 4),
	    0x8102fffe);
	EXPECT_NUMBER(u, span_of("its last two"), span_big_endian(octets, 2, 2),
	    0xfffe);
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		number = 77;
		EXPECT_TRUE(u, good[i].digits,
		    span_number(guarded(g, good[i].digits), &number));
		EXPECT_NUMBER(u, good[i].digits, number, good[i].number);
	}
	number = 77;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_TRUE(u, bad[i],
		    !span_number(guarded(g, bad[i]), &number));
	EXPECT_NUMBER(u, span_of("the number as it was"), number, 77);
}

static void
pieces(struct unit *u, const struct guard *g)
{
	struct text t = text_in(guarded_room(g, 64), 64);

	text_add(&t, "a");
	text_add(&t, "");
	text_char(&t, '\0');
	text_span(&t, (struct span){ NULL, 0 });
	text_number(&t, 0, 0);
	text_number(&t, 7, 3);
	text_number(&t, 1234, 3);
	text_number(&t, UINT64_MAX, 20);
	text_hex64(&t, 0xfedcba98);
	text_escaped(&t, 0xa7);
	EXPECT_TRUE(u, span_of("all of it fits"), !t.full);
	EXPECT_SPAN(u, span_of("pieces"), text_span_of(&t),
	    ((struct span)L("a\0"
	                    "00071234"
	                    "18446744073709551615"
	                    "00000000fedcba98"
	                    "\\xa7")));
}

/* In a buffer of each size: what fits is written, what does not fit is omitted
 * as a whole, and that is recorded. */
static void
full_texts(struct unit *u, const struct guard *g)
{
	unsigned wrong = 0;
	const char *end;
	struct text t;
	size_t max;

	for (max = 0; max < 32; max++) {
		t = text_in(guarded_room(g, max), max);
		text_add(&t, "123");
		text_number(&t, 45678, 0);
		text_hex64(&t, 1);
		text_escaped(&t, 1);
		wrong += t.full != (max < 28) || t.n > max;
		wrong += max < 3 && t.n > 0 && t.s[0] == '1';
		end = text_end(&t);
		wrong += (end == NULL) != (max < 29);
		text_span(&t, (struct span){ NULL, 0 });
		wrong += t.full != (max < 29);
	}
	EXPECT_NUMBER(u, span_of("texts of 0 to 31 octets"), wrong, 0);
	t = text_in(guarded_room(g, 2), 2);
	text_add(&t, "123");
	text_add(&t, "4");
	EXPECT_SPAN(u, span_of("no piece in part"), text_span_of(&t),
	    span_of("4"));
	EXPECT_TRUE(u, span_of("no C string of it"), text_end(&t) == NULL);
	t = text_in(guarded_room(g, 2), 2);
	text_add(&t, "1");
	end = text_end(&t);
	EXPECT_TRUE(u, span_of("a C string"), end && strcmp(end, "1") == 0);
}

/* Converts the result of a function that may return NULL. */
static struct span
said(const char *word)
{
	return span_of(word ? word : "(nothing)");
}

static void
nonsmtp(struct unit *u, const struct guard *g)
{
	static const struct span http[] = { L("GET / HTTP/1.1"), L("get /"),
		L("HEAD / HTTP/1.0"), L("POST "), L("PUT x"), L("DELETE x"),
		L("OPTIONS *"), L("CONNECT a:25"), L("PATCH /"), L("TRACE /"),
		L("PRI * HTTP/2.0") };
	static const struct span header[] = { L("Host: a"), L("host:"),
		L("Content-Length: 1"), L("A:"), L("HELO: a"), L("-:\0"),
		L("MAILFROMX: a"), L("GET: a") };
	static const struct span none[] = { L(""), L("\0"), L(":"), L(" "),
		L("GET"), L("PRI"), L("GETS /"), L("HELO a"), L("EHLO a:b"),
		L("MAIL FROM:<a>"), L("MAILFROM:<a>"), L("mailfrom: <a>"),
		L("MAILFROM:"), L("RCPTTO:<a>"), L("rcptto: <a>"),
		L("RCPT TO:<a>"), L("QUIT"), L("GET\0/"), L("Host\0:"),
		L("Host :"), L("\xff:"), L("a\xff:"), L("\x16\x03\x01") };
	struct span shown, first;
	size_t i;

	for (i = 0; i < sizeof(http) / sizeof(*http); i++) {
		first = http[i];
		EXPECT_SPAN(u, http[i],
		    said(nonsmtp_find(guarded(g, http[i]), &shown)),
		    span_of("http"));
		EXPECT_SPAN(u, http[i], shown, span_take_until(&first, ' '));
	}
	for (i = 0; i < sizeof(header) / sizeof(*header); i++) {
		first = header[i];
		EXPECT_SPAN(u, header[i],
		    said(nonsmtp_find(guarded(g, header[i]), &shown)),
		    span_of("header"));
		span_take_until(&first, ':');
		EXPECT_NUMBER(u, header[i], shown.n + first.n - 1, header[i].n);
	}
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		EXPECT_TRUE(u, none[i],
		    !nonsmtp_find(guarded(g, none[i]), &shown));
}

static void
secrets(struct unit *u)
{
	static const struct {
		const char *line;
		bool is_secret;
		size_t shown;
	} rows[] = {
		{ "AUTH", true, 4 },
		{ "auth plain", true, 10 },
		{ "AUTH PLAIN AGhl", true, 10 },
		{ " Auth\tX_-9\tAGhl", true, 5 },
		{ " Auth\tScram-SHA-256-plus\tAGhl", true, 24 },
		{ "AUTH AGhl", true, 4 },
		{ "AUTH AGhl=", true, 4 },
		{ "AUTH AGhl PLAIN", true, 4 },
		{ "AUTH PLAINAGhl", true, 4 },
		{ "AUTH PLAI", true, 4 },
		{ "AUTH=PLAIN AGhl", true, 4 },
		{ "AUTH\001PLAIN AGhl", true, 4 },
		{ "AUTHX PLAIN", false, 11 },
		{ "AUT", false, 3 },
		{ "NOOP AUTH x", false, 11 },
		{ "", false, 0 },
	};
	struct span line;
	bool is_secret;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		line = span_of(rows[i].line);
		is_secret = span_cut_secret(&line, "AUTH");
		EXPECT_TRUE(u, span_of(rows[i].line),
		    is_secret == rows[i].is_secret && line.n == rows[i].shown);
	}
}

/* Comes last: a sanitizer may end it here. */
static void
nowhere(struct unit *u)
{
	static const struct span null = { NULL, 0 };
	struct span rest = null;

	EXPECT_TRUE(u, span_of("an empty span that points nowhere"),
	    span_all(null, is_digit) && span_trim(null).n == 0 &&
	        span_take_n(&rest, 1).n == 0 && span_same(null, rest) &&
	        span_take_until(&rest, 'a').n == 0 && !span_take(&rest, 'a'));
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	classes(&u);
	comparing(&u, &g);
	taking(&u, &g);
	trimming(&u, &g);
	numbers(&u, &g);
	pieces(&u, &g);
	full_texts(&u, &g);
	nonsmtp(&u, &g);
	secrets(&u);
	nowhere(&u);
	return unit_end(&u);
}
