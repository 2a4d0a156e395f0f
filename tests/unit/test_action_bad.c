/* action: invalid lines of users.txt, each placed at the end of readable
 * memory, and the longest valid ones. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"
#include "users/action.h"

#define L(text) LITERAL(text)

/* The text after a@b. */
static const struct span bads[] = {
	/* Maildirs. */
	L("./"), L(".//"), L("./."), L("././/./"), L("."), L(".."), L("/"),
	L("/x/"), L("x/"), L("x"), L("../"), L("../x"), L("./.."), L("./../"),
	L("./../x"), L("./x/.."), L("./x/../"), L("./x/../y"), L(".//..//x"),
	L("./././../x"), L("./x y"), L("./x\ty"), L("./x c@d"), L("./x ./y"),
	L("./x close"), L("./x\0"), L("./\0"), L("./x\0y"), L("./x\n"),
	L("./x\x01/"), L("./x\x7f"), L("./x\r"), L("~/x"), L(".x"),
	/* Aliases. */
	L("c"), L("c d"), L("c@d e"), L("c c@d"), L("c@d e f@g"),
	L("c@d postmasters"), L("postmaste"), L("c@d ./x"), L("c@d |x"),
	L("c@d close"), L("c@d 452"), L("c@d\x01"), L("c@d\0"), L("c\0@d"),
	L("c@d e@f\x7f"), L("c@d, e"), L("\0"),
	/* Commands. */
	L("|"), L("||"), L("|| "), L("||\0"), L("||x\x01"), L("data close ||x"),
	L("|\0"), L("|x\0"), L("|x \x01"), L("|x \x7f y"), L("x |y"),
	L("|x\ny"),
	/* Waits. */
	L("wait"), L("wait x"), L("wait -1"), L("wait +1"), L("wait 61"),
	L("wait 100"), L("wait 1s"), L("wait 1.5"), L("wait 0x1"),
	L("wait 18446744073709551616"), L("wait 18446744073709551621"),
	L("wait 4294967301"), L("wait ./x/"), L("wait close"), L("wait c@d"),
	L("wait 5 x"), L("wait 5 ./"), L("wait 5 |"), L("wait 5 ../x"),
	L("wait 5 wait 5"), L("wait 5 wait 5 ./x/"), L("wait 61 ./x/"),
	L("wait5 ./x/"), L("waits 5"), L("wait 5 data"), L("./x/ wait 5"),
	L("wait 5./x"), L("wait\0005"), L("wait 5\0"),
	/* Refusals: the code. */
	L("399 4.0.0 x"), L("421"), L("600 5.0.0 x"), L("600 6.0.0 x"),
	L("250 2.0.0 OK"), L("354 3.0.0 x"), L("45 4.0.0 x"), L("4520 4.0.0 x"),
	L("0452 4.0.0 x"), L("-52 4.0.0 x"), L("45x 4.0.0 x"), L("452-4.0.0 x"),
	L("452: 4.0.0 x"), L("452"),
	/* The enhanced code. */
	L("452 5.2.2 x"), L("550 4.2.2 x"), L("452 2.0.0 x"), L("452 4. x"),
	L("452 4.2 x"), L("452 4.2. x"), L("452 4..2 x"), L("452 4.2.2. x"),
	L("452 4.2.2.2 x"), L("452 .4.2.2 x"),

	L("452 4.2.1000 x"), L("452 4.1000.2 x"),

	/* RFC 3463 2: the class is one digit, and no number starts with a
	 * zero. */
	L("452 44.2.2 x"), L("452 499.2.2 x"), L("550 50.1.1 x"),
	L("452 4.02.2 x"), L("452 4.2.002 x"), L("452 4.00.0 x"),
	/* The text. */
	L("452 4.2.2"), L("452 4.2.2\0"), L("452 4.2.2 x\0"),
	L("452 4.2.2 x\ty"), L("452 4.2.2 x\r"), L("452 4.2.2 x\ny"),
	L("452 4.2.2 x\x7f"), L("452 4.2.2 \xc3\xa9"), L("452 4.2.2 \x1b[0m"),
	/* After the data. */
	L("data"), L("data x"), L("data ./x"), L("data c@d"), L("data |x"),
	L("data 452"), L("data 452 4.2.2"), L("data 399 4.0.0 x"),
	L("data 600 5.0.0 x"), L("data 452 5.2.2 x"), L("data 250 2.0.0 x"),
	L("data data 452 4.2.2 x"), L("data 452 4.2.2 \xff"),
	L("data452 4.2.2 x"), L("data wait"), L("data wait 61"),
	L("data wait x ./x/"), L("data wait 5 x"), L("data wait 5 wait 5"),
	L("data wait 5 data"), L("data wait 5 data ./x/"),
	L("data wait 5 close x"), L("data close x"), L("data close c@d"),
	L("data close |x"), L("data close ../x/"), L("data close ./"),
	L("data discard"), L("data wait 5 399 x"), L("wait 61 discard"),
	/* Nothing. */
	L("discard x"), L("discard ./x/"), L("discards"), L("discard\0"),
	/* Addresses of other aliases files. */
	L("c@d,"), L("c@d,e@f"), L(": c@d"), L("c@d:"), L("<c@d>"),
	L("\"c@d\""), L("*@d"), L("@"), L("c@"), L("c@d e@*"), L("c@d\xc2\xa0"),
	L("c@d \xe2\x80\x8b"), L("c@\xff"),
	/* The end. */
	L("close x"), L("close 5"), L("close c@d"), L("close ./x/"),
	L("close close"), L("closed"), L("clos"), L("close\0"),
	L("close wait 5")
};

/* Addresses that cannot name a Maildir. */
static const struct span odds[] = { L(".a@b"), L("."), L(".."), L("../a@b"),
	L("a/b@c"), L("/a@b"), L("a@b/"), L("a@b/../c"), L("/"), L("a\0@b"),
	L("a@b\x01"), L("a\x7f@b") };

struct bench {
	struct guard address, action;
	struct action parsed;
};

static const char *
mean(struct bench *b, struct span address, struct span action)
{
	struct userfile_line line = { .number = 1 };

	line.address = guarded(&b->address, address);
	line.action = guarded(&b->action, action);
	return action_of(&line, &b->parsed);
}

static void
refuse(struct unit *u, struct bench *b, struct span address, struct span action)
{
	const char *why = mean(b, address, action);

	EXPECT_TRUE(u, action.n > 0 ? action : address, why && why[0]);
}

static void
odd_addresses(struct unit *u, struct bench *b)
{
	size_t i;

	for (i = 0; i < sizeof(odds) / sizeof(*odds); i++) {
		refuse(u, b, odds[i], span_of(""));
		refuse(u, b, odds[i], span_of("wait 5"));
		EXPECT_TRUE(u, odds[i], !mean(b, odds[i], span_of("./x/")));
		EXPECT_TRUE(u, odds[i], !mean(b, odds[i], span_of("close")));
	}
}

/* FRONT, filled up with C to N octets. */
static struct span
fill(char octets[static USERFILE_LINE_MAX + 1], const char *front, char c,
    size_t n)
{
	struct text t = text_in(octets, USERFILE_LINE_MAX + 1);

	text_add(&t, front);
	while (t.n < n)
		text_char(&t, c);
	return text_span_of(&t);
}

/* A refusal may be as long as a reply, and no longer. */
static void
long_refusals(struct unit *u, struct bench *b)
{
	static const char *const fronts[] = { "", "data ", "wait 5 ",
		"wait 5 data " };
	char octets[USERFILE_LINE_MAX + 1], front[64];
	struct span words;
	struct text t;
	size_t i, n;

	for (i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		t = text_in(front, sizeof(front));
		text_add(&t, fronts[i]);
		text_add(&t, "452 4.2.2 ");
		n = strlen(fronts[i]) + ACTION_WORDS_MAX;
		words = fill(octets, text_end(&t), 'x', n);
		EXPECT_TRUE(u, words, !mean(b, span_of("a@b"), words));
		span_take_n(&words, strlen(fronts[i]));
		EXPECT_SPAN(u, words, span_of(b->parsed.text), words);
		refuse(u, b, span_of("a@b"), fill(octets, front, 'x', n + 1));
		refuse(u, b, span_of("a@b"), fill(octets, front, 'x', 4000));
	}
}

/* The longest line gives the longest text; a line that was cut is invalid. */
static void
long_lines(struct unit *u, struct bench *b)
{
	static const char *const fronts[] = { "./", "|", "||" };
	static const size_t passed[] = { 2, 1, 2 };
	struct userfile_line line = { .number = 1, .too_long = true };
	char octets[USERFILE_LINE_MAX + 1];
	struct span action;
	size_t i;

	for (i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		action = fill(octets, fronts[i], 'x', USERFILE_LINE_MAX - 4);
		EXPECT_TRUE(u, action, !mean(b, span_of("a@b"), action));
		span_take_n(&action, passed[i]);
		EXPECT_SPAN(u, action, span_of(b->parsed.text), action);
	}
	action = fill(octets, "a@", 'x', USERFILE_LINE_MAX);
	EXPECT_TRUE(u, action, !mean(b, action, span_of("")));
	EXPECT_SPAN(u, action, span_of(b->parsed.text), action);
	line.address = span_of("a@b");
	line.action = span_of("./x/");
	EXPECT_TRUE(u, span_of("too long"), action_of(&line, &b->parsed));
}

/* A valid line is detected among the invalid ones. */
static void
wrong_answers(struct unit *u, struct bench *b)
{
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	refuse(&inner, b, span_of("a@b"), span_of("./x/"));
	EXPECT_NUMBER(u, span_of("a good line is noticed"), inner.failures, 1);
	close(inner.out);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	bench.address = guard_open(USERFILE_LINE_MAX);
	bench.action = guard_open(USERFILE_LINE_MAX);
	for (i = 0; i < sizeof(bads) / sizeof(*bads); i++)
		refuse(&u, &bench, span_of("a@b"), bads[i]);
	odd_addresses(&u, &bench);
	long_refusals(&u, &bench);
	long_lines(&u, &bench);
	wrong_answers(&u, &bench);
	return unit_end(&u);
}
