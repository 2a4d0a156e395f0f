/* dot: for any pieces of the message and any room for the output, dot_decode()
 * equals dot_step(), octet by octet. */
#include "smtp/dot.h"

#include <unistd.h>

#include "unit.h"

enum {
	ROOM = 256,
	RANDOM_MESSAGES = 20000,
	RANDOM_MAX = 40,
};

#define L(text) LITERAL(text)

typedef size_t decoder(struct dot *d, struct span *in, char *out, size_t max);

/* Where the pieces and the output are, and the decoder to be tested. */
struct trial {
	struct guard in, out;
	decoder *decode;
};

static const size_t rooms[] = { 1, 2, 3, 7, ROOM };

static const struct span crafted[] = {
	L(""),
	L("."),
	L(".\r\n"),
	L(".\n"),
	L("\r\n.\r\n"),
	L("\n.\n"),
	L("a\r\n.\r\nb"),
	L("a\r\n..\r\n.\r\n."),
	L("a\n.\nb\r\n.\r\n"),
	L("a\r\r\n.\r\r\n.\r\n"),
	L("a\r.\r.\r\n.\r\n"),
	L("\r\n\r\n\r\n.\r\n\r\n"),
	L("...\r\n....\r\n.a\r\n.\r\n"),
	L("12345678\r\n.\r\n"),
	L("1234567\r\n.\r\n"),
	L("123456789\r\n.\r\n"),
	L("12345678\n.\n"),
	L("a12345678b12345678c12345678d\r\n.e\r\n.\r\nf"),
	L("a1234567\r12345678\n.b1234567\r\n.\r\n"),
	L("\0\0\0\0\0\0\0\0\0\0\0\0\r\n.\0\r\n.\r\n\0"),
	L("\xff\xff\xff\xff\xff\xff\xff\xff\xff\r\n.\xff\r\n.\r\n"),
	L("\x8d\x8a\x0c\x0b\x0e\x09\x8d\x8a\x0c\x0b\x0e\x09\r\n.\r\n"),
	L("\x0d\x0d\x0d\x0d\x0d\x0d\x0d\x0d\x0d\x0d\x0d\x0d"),
	L("\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"),
	L("................\r\n.\r\n"),
	L(".\r.\n.\r.\n.\r\n"),
	L(".\r\r.\r\n\r\n.\r\n"),
	L("a\r\n.\r\nMAIL FROM:<b@c>\r\n"),
	L("Subject: a\r\n\r\nb\r\n.\r\n"),
	L("1\r2\n3\r\n4\n\r5\r\r6\n\n7\r\n\r\n.\r\n"),
};

/* The definition: octet by octet, up to MAX octets. */
static size_t
decode_by_steps(struct dot *d, struct span *in, char *out, size_t max)
{
	size_t n = 0;
	int c;

	while (in->n > 0 && n < max && !d->ended) {
		c = dot_step(d, (unsigned char)*span_take_n(in, 1).s);
		if (c != DOT_NOTHING)
			out[n++] = (char)c;
	}
	return n;
}

/* Three typical faults: LF.LF accepted as the end; an octet read after the end;
 * a line at the start of a piece treated as the first line. */
static size_t
wrong_about_lf(struct dot *d, struct span *in, char *out, size_t max)
{
	bool lf = d->lf;
	size_t n;

	d->lf = true;
	n = dot_decode(d, in, out, max);
	d->lf = lf;
	return n;
}

static size_t
wrong_about_end(struct dot *d, struct span *in, char *out, size_t max)
{
	size_t n = dot_decode(d, in, out, max);

	if (d->ended)
		span_take_n(in, 1);
	return n;
}

static size_t
wrong_about_pieces(struct dot *d, struct span *in, char *out, size_t max)
{
	if (d->state == DOT_CR)
		d->state = DOT_MID_LINE;
	return dot_decode(d, in, out, max);
}

static bool
same_state(const struct dot *a, const struct dot *b)
{
	return a->state == b->state && a->lf == b->lf && a->ended == b->ended &&
	    a->bare_cr == b->bare_cr && a->bare_lf == b->bare_lf &&
	    a->size == b->size;
}

/* Passes PIECE to both, with MAX octets of output per call.  Returns true if
 * they agree after each call. */
static bool
same_for_piece(const struct trial *t, struct dot d[static 2], struct span piece,
    size_t max)
{
	struct span a = guarded(&t->in, piece), b = a;
	char *out = guarded_room(&t->out, max), steps[ROOM];
	struct span got = { out, 0 }, want = { steps, 0 };

	while (a.n > 0 && !d[0].ended) {
		got.n = t->decode(&d[0], &a, out, max);
		want.n = decode_by_steps(&d[1], &b, steps, max);
		if (!octets_same(got, want) || a.s != b.s || a.n != b.n ||
		    !same_state(&d[0], &d[1]))
			return false;
	}
	return d[0].ended == d[1].ended;
}

/* The same, cut at each place, with each size of the output. */
static bool
same_for_message(const struct trial *t, struct span message, bool lf)
{
	struct span front, back;
	struct dot d[2];
	size_t at, i;

	for (i = 0; i < sizeof(rooms) / sizeof(*rooms); i++)
		for (at = 0; at <= message.n; at++) {
			back = message;
			front = span_take_n(&back, at);
			dot_init(&d[0], lf);
			dot_init(&d[1], lf);
			if (!same_for_piece(t, d, front, rooms[i]) ||
			    !same_for_piece(t, d, back, rooms[i]))
				return false;
		}
	return true;
}

/* All lengths are equally probable. */
static struct span
random_message(uint64_t *state, char buffer[static RANDOM_MAX])
{
	static const char alphabet[] = { '\r', '\n', '.', 'a', '\0', '\xff' };
	size_t i, n = (size_t)(random_next(state) % (RANDOM_MAX + 1));

	for (i = 0; i < n; i++)
		buffer[i] = alphabet[random_next(state) % sizeof(alphabet)];
	return (struct span){ buffer, n };
}

/* The number of random messages for which both agree. */
static unsigned
random_messages(const struct trial *t, unsigned count, bool lf)
{
	uint64_t state = 0x5eed;
	char buffer[RANDOM_MAX];
	unsigned same = 0;

	while (count-- > 0)
		same += same_for_message(t, random_message(&state, buffer), lf);
	return same;
}

static void
all_messages(struct unit *u, const struct trial *t)
{
	size_t i;

	for (i = 0; i < sizeof(crafted) / sizeof(*crafted); i++) {
		EXPECT_TRUE(u, crafted[i],
		    same_for_message(t, crafted[i], false));
		EXPECT_TRUE(u, crafted[i],
		    same_for_message(t, crafted[i], true));
	}
	EXPECT_NUMBER(u, span_of("random messages, CRLF only"),
	    random_messages(t, RANDOM_MESSAGES, false), RANDOM_MESSAGES);
	EXPECT_NUMBER(u, span_of("random messages, LF too"),
	    random_messages(t, RANDOM_MESSAGES, true), RANDOM_MESSAGES);
}

/* A difference is detected. */
static void
wrong_decoders(struct unit *u, struct trial *t)
{
	static decoder *const wrong[] = { wrong_about_lf, wrong_about_end,
		wrong_about_pieces };
	static const struct span message = L("a\n.\nb\r\n.\r\nc");
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		t->decode = wrong[i];
		EXPECT_TRUE(u, span_of("a decoder that is wrong, by hand"),
		    !same_for_message(t, message, false));
		EXPECT_TRUE(u, span_of("a decoder that is wrong, at random"),
		    random_messages(t, 2000, false) < 2000);
	}
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct trial t = { .in = guard_open(ROOM),
		.out = guard_open(ROOM),
		.decode = dot_decode };

	all_messages(&u, &t);
	wrong_decoders(&u, &t);
	return unit_end(&u);
}
