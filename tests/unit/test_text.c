/* text: pieces are added whole or not at all, and never beyond the buffer. */
#include "base/text.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

enum { ROOM = 64 };

#define L(text) LITERAL(text)

/* A text of MAX octets that ends at a guard: one octet more is a crash. */
static struct text
text_of(const struct guard *g, size_t max)
{
	return text_in(guarded_room(g, max), max);
}

static void
whole_pieces(struct unit *u, const struct guard *g)
{
	struct text t = text_of(g, 5);

	text_add(&t, "abc");
	EXPECT_TRUE(u, span_of("not full"), !t.full);
	text_add(&t, "def");
	EXPECT_TRUE(u, span_of("full"), t.full);
	EXPECT_SPAN(u, span_of("no part of it"), text_span_of(&t),
	    span_of("abc"));
	text_span(&t, (struct span){ NULL, 0 });
	text_char(&t, 'x');
	text_add(&t, "y");
	EXPECT_SPAN(u, span_of("smaller ones fit"), text_span_of(&t),
	    span_of("abcxy"));
	text_char(&t, 'z');
	EXPECT_NUMBER(u, span_of("it is used up"), t.n, 5);
	EXPECT_TRUE(u, span_of("a piece was omitted"), !text_end(&t));
}

static void
ends(struct unit *u, const struct guard *g)
{
	struct text t = text_of(g, 3);

	text_add(&t, "ab");
	EXPECT_TRUE(u, span_of("a C string"), strcmp(text_end(&t), "ab") == 0);
	t = text_of(g, 3);
	text_add(&t, "abc");
	EXPECT_TRUE(u, span_of("no room for the NUL"), !text_end(&t));
	t = text_of(g, 0);
	EXPECT_TRUE(u, span_of("no room at all"), !text_end(&t));
	t = text_of(g, 1);
	EXPECT_TRUE(u, span_of("an empty string"), text_end(&t)[0] == '\0');
}

static void
numbers(struct unit *u, const struct guard *g)
{
	static const struct {
		uint64_t number;
		unsigned width;
		const char *want;
	} table[] = {
		{ 0, 0, "0" },
		{ 7, 1, "7" },
		{ 10, 0, "10" },
		{ 42, 6, "000042" },
		{ 999999, 6, "999999" },
		{ 1000000, 6, "1000000" },
		{ UINT64_MAX, 0, "18446744073709551615" },
	};
	struct text t;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		t = text_of(g, strlen(table[i].want));
		text_number(&t, table[i].number, table[i].width);
		EXPECT_SPAN(u, span_of("a number"), text_span_of(&t),
		    span_of(table[i].want));
		t = text_of(g, strlen(table[i].want) - 1);
		text_number(&t, table[i].number, table[i].width);
		EXPECT_TRUE(u, span_of("or nothing of it"), t.full && t.n == 0);
	}
	t = text_of(g, 16);
	text_hex64(&t, 0x0123456789abcdef);
	EXPECT_SPAN(u, span_of("hexadecimal"), text_span_of(&t),
	    span_of("0123456789abcdef"));
	t = text_of(g, 16);
	text_escaped(&t, 0xa0);
	text_escaped(&t, '\n');
	EXPECT_SPAN(u, span_of("escaped"), text_span_of(&t),
	    span_of("\\xa0\\x0a"));
}

/* The largest number fits exactly. */
static void
number_alone(struct unit *u, const struct guard *g)
{
	char *room = guarded_room(g, TEXT_NUMBER_MAX);

	EXPECT_SPAN(u, span_of("0"), text_of_number(room, 0), span_of("0"));
	EXPECT_SPAN(u, span_of("the largest number"),
	    text_of_number(room, UINT64_MAX), span_of("18446744073709551615"));
}

static void
folding(struct unit *u, const struct guard *g)
{
	struct text t = text_of(g, 7);

	text_folded(&t, (struct span)L("aZ@[\0\xc1"));
	EXPECT_SPAN(u, span_of("A-Z only"), text_span_of(&t),
	    (struct span)L("az@[\0\xc1"));
	text_folded(&t, (struct span)L("AB"));
	EXPECT_TRUE(u, span_of("whole or not at all"), t.full && t.n == 6);
	text_folded(&t, (struct span)L("B"));
	EXPECT_SPAN(u, span_of("up to the end"), text_span_of(&t),
	    (struct span)L("az@[\0\xc1"
	                   "b"));
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard guard = guard_open(ROOM);

	whole_pieces(&u, &guard);
	ends(&u, &guard);
	numbers(&u, &guard);
	number_alone(&u, &guard);
	folding(&u, &guard);
	return unit_end(&u);
}
