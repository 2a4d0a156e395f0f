/* bdat: the octets of BDAT in pieces of any size, compared with a reference
 * that reads them as a whole; and the argument of BDAT. */
#include "smtp/bdat.h"

#include <unistd.h>

#include "base/text.h"
#include "unit.h"

#define L(text) LITERAL(text)

enum {
	OCTETS_MAX = 64,
	EXHAUSTIVE = 6, /* length of the texts tried exhaustively */
	RANDOM_TEXTS = 3000,
};

/* The decoded octets so far; each output buffer ends at a guard. */
struct run {
	struct guard in, room;
	struct bdat chunk;
	struct text out;
	uint64_t taken;
	bool fair; /* each call used all input or output */
	char octets[OCTETS_MAX];
};

static void
start(struct run *r)
{
	r->chunk = (struct bdat){ 0 };
	r->out = text_in(r->octets, sizeof(r->octets));
	r->taken = 0;
	r->fair = true;
}

/* Decodes all of PIECE, with MAX octets of room for each call. */
static void
feed(struct run *r, struct span piece, size_t max)
{
	struct span in = guarded(&r->in, piece), before;
	char *room = guarded_room(&r->room, max);
	size_t n;

	while (in.n > 0 && r->fair) {
		before = in;
		n = bdat_decode(&r->chunk, &in, room, max);
		r->fair = n <= max && (in.n == 0 || n == max) &&
		    in.n <= before.n && in.s == before.s + (before.n - in.n) &&
		    (n > 0 || in.n < before.n);
		r->taken += before.n - in.n;
		r->fair = r->fair && r->chunk.size == r->taken;
		text_span(&r->out, (struct span){ room, n });
	}
}

static void
finish(struct run *r)
{
	char *room = guarded_room(&r->room, 1);
	size_t n = bdat_end(&r->chunk, room);

	r->fair = r->fair && n <= 1 && r->chunk.size == r->taken &&
	    bdat_end(&r->chunk, room) == 0;
	text_span(&r->out, (struct span){ room, n });
}

/* Each CRLF becomes LF; everything else is unchanged. */
static struct span
reference(struct span text, char octets[static OCTETS_MAX])
{
	struct text t = text_in(octets, OCTETS_MAX);
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.s[i] != '\r' || i + 1 == text.n ||
		    text.s[i + 1] != '\n')
			text_char(&t, text.s[i]);
	return text_span_of(&t);
}

static bool
is_as(const struct run *r, struct span want)
{
	return r->fair && !r->out.full &&
	    octets_same(text_span_of(&r->out), want);
}

/* In one piece, in any two pieces, and in single octets. */
static bool
all_splits(struct run *r, struct span text, struct span want, size_t max)
{
	size_t i;

	for (i = 0; i <= text.n; i++) {
		start(r);
		feed(r, (struct span){ text.s, i }, max);
		feed(r, (struct span){ text.s + i, text.n - i }, max);
		finish(r);
		if (!is_as(r, want))
			return false;
	}
	start(r);
	for (i = 0; i < text.n; i++)
		feed(r, (struct span){ text.s + i, 1 }, max);
	finish(r);
	return is_as(r, want);
}

static void
known(struct unit *u, struct run *r)
{
	static const struct {
		struct span text, want;
	} table[] = {
		{ L(""), L("") },
		{ L("a"), L("a") },
		{ L("\r\n"), L("\n") },
		{ L("\n"), L("\n") },
		{ L("\r"), L("\r") },
		{ L("\n\r"), L("\n\r") },
		{ L("\r\r\n"), L("\r\n") },
		{ L("\r\n\r\n"), L("\n\n") },
		{ L("\r\r\r"), L("\r\r\r") },
		{ L("a\rb\nc\r\nd"), L("a\rb\nc\nd") },
		{ L("\r\n.\r\n"), L("\n.\n") },
		{ L("..\r\n.\r\nQUIT\r\n"), L("..\n.\nQUIT\n") },
		{ L("\0\r\0\n\xff\r\n\0"), L("\0\r\0\n\xff\n\0") },
		{ L("a\r\n\r"), L("a\n\r") },
	};
	char octets[OCTETS_MAX];
	size_t i, max;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		EXPECT_SPAN(u, table[i].text, reference(table[i].text, octets),
		    table[i].want);
		for (max = 1; max <= 5; max++)
			EXPECT_TRUE(u, table[i].text,
			    all_splits(r, table[i].text, table[i].want, max));
		EXPECT_TRUE(u, table[i].text,
		    all_splits(r, table[i].text, table[i].want, OCTETS_MAX));
	}
}

/* Every text of up to EXHAUSTIVE octets that are CR, LF or another. */
static void
exhaustive(struct unit *u, struct run *r)
{
	char text[EXHAUSTIVE], octets[OCTETS_MAX];
	unsigned number, rest, wrong = 0;
	struct span all = { text, 0 };
	size_t n, i, max;

	for (n = 0; n <= EXHAUSTIVE; n++)
		for (number = 0; number < 729; number++) {
			for (i = 0, rest = number; i < n; i++, rest /= 3)
				text[i] = "\r\nx"[rest % 3];
			if (rest > 0)
				break;
			all.n = n;
			for (max = 1; max <= 3; max++)
				wrong += !all_splits(r, all,
				    reference(all, octets), max);
		}
	EXPECT_NUMBER(u, span_of("texts that came out wrong"), wrong, 0);
}

/* Random pieces and random output sizes. */
static void
at_random(struct unit *u, struct run *r)
{
	char text[OCTETS_MAX], octets[OCTETS_MAX];
	uint64_t state = 0xbda7;
	unsigned i, wrong = 0;
	struct span rest;
	size_t n;

	for (i = 0; i < RANDOM_TEXTS; i++) {
		for (n = 0; n < sizeof(text); n++)
			text[n] = "\r\r\n\n.x\0\xff"[random_next(&state) % 8];
		rest = (struct span){ text, random_next(&state) % (n + 1) };
		n = rest.n;
		start(r);
		while (rest.n > 0)
			feed(r, span_take_n(&rest, random_next(&state) % 9),
			    random_next(&state) % 9 + 1);
		finish(r);
		wrong += !is_as(r, reference((struct span){ text, n }, octets));
	}
	EXPECT_NUMBER(u, span_of("random texts that came out wrong"), wrong, 0);
}

/* The CR at the end of a chunk belongs to the next chunk, or remains if there
 * is none; an empty chunk between them changes nothing. */
static void
held_back(struct unit *u, struct run *r)
{
	start(r);
	feed(r, span_of("a\r"), 8);
	EXPECT_SPAN(u, span_of("it waits"), text_span_of(&r->out),
	    span_of("a"));
	EXPECT_NUMBER(u, span_of("and counts"), r->chunk.size, 2);
	feed(r, span_of(""), 8);
	feed(r, span_of("\n"), 8);
	EXPECT_SPAN(u, span_of("for LF"), text_span_of(&r->out),
	    span_of("a\n"));
	EXPECT_NUMBER(u, span_of("which counts"), r->chunk.size, 3);
	EXPECT_NUMBER(u, span_of("nothing is left"),
	    bdat_end(&r->chunk, guarded_room(&r->room, 0)), 0);
	feed(r, span_of("\r"), 8);
	finish(r);
	EXPECT_SPAN(u, span_of("or for the end"), text_span_of(&r->out),
	    span_of("a\n\r"));
	EXPECT_NUMBER(u, span_of("all counted"), r->chunk.size, 4);
	EXPECT_TRUE(u, span_of("fairly"), r->fair);
}

/* A difference between reference and decoder is detected. */
static void
wrong_answers(struct unit *u, struct run *r)
{
	EXPECT_TRUE(u, span_of("a wrong text is noticed"),
	    !all_splits(r, span_of("a\r\nb"), span_of("a\r\nb"), 3));
	EXPECT_TRUE(u, span_of("a wrong end is noticed"),
	    !all_splits(r, span_of("a\r"), span_of("a"), 3));
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct run run;

	run.in = guard_open(OCTETS_MAX);
	run.room = guard_open(OCTETS_MAX);
	known(&u, &run);
	exhaustive(&u, &run);
	at_random(&u, &run);
	held_back(&u, &run);
	wrong_answers(&u, &run);
	return unit_end(&u);
}
