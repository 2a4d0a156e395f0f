/* Tests decoding of messages: compares dot_decode() with dot_step() and with a
 * reader of the whole text, bdat_decode() likewise, for pieces of any size.
 * Also tests the Received lines of the header.
 *
 * The first octet selects the sizes of the pieces and whether LF ends a
 * line. */
#include "fuzz.h"
#include "smtp/bdat.h"
#include "smtp/dot.h"
#include "smtp/trace.h"

enum { ROOM = 16 << 10 };

static char input[ROOM], by_steps[ROOM], decoded[ROOM], plain[2 * ROOM];

/* Returns the size of the next piece, at most N. */
static size_t
cut(uint64_t *state, size_t n)
{
	size_t part = 1 + random_next(state) % 61;

	if (random_next(state) % 64 == 0)
		part *= 100;
	return n < part ? n : part;
}

/* The reference: decodes octet by octet into `by_steps`. */
static size_t
decode_by_steps(struct span in, bool lf, struct dot *ret)
{
	size_t n = 0, i;
	int c;

	dot_init(ret, lf);
	for (i = 0; i < in.n && !ret->ended; i++) {
		c = dot_step(ret, (unsigned char)in.s[i]);
		MUST(c == DOT_NOTHING || (c >= 0 && c < 256));
		if (c != DOT_NOTHING)
			by_steps[n++] = (char)c;
	}
	return n;
}

/* Checks that pieces, each a copy of its own, decoded into small buffers, give
 * the same result. */
static void
judge_dot(struct span in, bool lf, uint64_t state)
{
	struct dot steps, dot;
	size_t n = 0, want = decode_by_steps(in, lf, &steps), max;
	struct span piece, rest, room;

	dot_init(&dot, lf);
	while (in.n > 0 && !dot.ended) {
		piece = fuzz_copy(span_take_n(&in, cut(&state, in.n)));
		for (rest = piece; rest.n > 0 && !dot.ended; n += max) {
			max = cut(&state, ROOM);
			room = fuzz_copy((struct span){ decoded, max });
			max = dot_decode(&dot, &rest, (char *)(uintptr_t)room.s,
			    max);
			MUST(max <= room.n && n + max <= want);
			MUST(memcmp(by_steps + n, room.s, max) == 0);
			fuzz_free(room);
		}
		fuzz_free(piece);
	}
	MUST(n == want && dot.ended == steps.ended && dot.lf == steps.lf);
	MUST(dot.state == steps.state && dot.size == steps.size);
	MUST(dot.bare_cr == steps.bare_cr && dot.bare_lf == steps.bare_lf);
}

/* Reads the whole text: the message ends at the first CRLF.CRLF and may be
 * stored only if there is no bare CR or LF before that. */
static void
judge_end(struct span in)
{
	static const struct span end = LITERAL("\r\n.\r\n");
	struct span rest, line;
	struct dot dot;
	size_t n = decode_by_steps(in, false, &dot), length, size = 0, at = 0;
	bool bare = false;
	char *found;

	memcpy(plain, "\r\n", 2);
	memcpy(plain + 2, in.s, in.n);
	found = NULL;
	for (length = 0; length + end.n <= in.n + 2 && !found; length++)
		if (memcmp(plain + length, end.s, end.n) == 0)
			found = plain + length;
	MUST(dot.ended == (found != NULL));
	if (!found)
		return;
	rest = (struct span){ plain + 2, (size_t)(found - plain) };
	while (rest.n > 0) {
		line.s = rest.s;
		line.n = 0;
		while (!span_take_word(&rest, "\r\n")) {
			span_take_n(&rest, 1);
			line.n++;
			MUST(rest.n > 0);
		}
		bare = bare || memchr(line.s, '\r', line.n) ||
		    memchr(line.s, '\n', line.n);
		span_take(&line, '.');
		size += line.n + 2;
		if (bare)
			continue;
		MUST(at + line.n + 1 <= n);
		MUST(memcmp(by_steps + at, line.s, line.n) == 0);
		at += line.n;
		MUST(by_steps[at++] == '\n');
	}
	MUST(bare == (dot.bare_cr || dot.bare_lf));
	MUST(bare || (at == n && dot.size == size));
}

static void
judge_chunks(struct span in, uint64_t state)
{
	struct bdat chunk = { 0 };
	struct span piece, rest, room, all = in;
	size_t n = 0, got;

	while (in.n > 0) {
		piece = fuzz_copy(span_take_n(&in, cut(&state, in.n)));
		for (rest = piece; rest.n > 0; n += got) {
			got = cut(&state, ROOM);
			room = fuzz_copy((struct span){ decoded, got });
			got = bdat_decode(&chunk, &rest,
			    (char *)(uintptr_t)room.s, got);
			MUST(got <= room.n && n + got <= ROOM);
			memcpy(plain + n, room.s, got);
			fuzz_free(room);
		}
		fuzz_free(piece);
	}
	MUST(chunk.size == all.n);
	n += bdat_end(&chunk, plain + n);
	rest = (struct span){ plain, n };
	while (all.n > 0)
		if (span_take_word(&all, "\r\n")) {
			MUST(span_take(&rest, '\n'));
		} else {
			MUST(span_take(&rest, all.s[0]));
			span_take_n(&all, 1);
		}
	MUST(rest.n == 0);
}

static void
judge_hops(struct span in, uint64_t state)
{
	struct span rest = in, line, piece;
	struct trace_hops hops;
	unsigned want = 0;

	trace_hops_init(&hops);
	while (rest.n > 0) {
		piece = fuzz_copy(span_take_n(&rest, cut(&state, rest.n)));
		trace_hops_count(&hops, piece);
		fuzz_free(piece);
	}
	while (in.n > 0) {
		line = fuzz_part(&in, '\n');
		if (line.n == 0)
			break;
		want += span_take_word(&line, "Received:");
	}
	MUST(hops.count == want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	unsigned char first = fuzz_octet(&in);
	uint64_t state = (uint64_t)(first >> 1) + 1;

	in = fuzz_expand(in, input, ROOM - 2);
	judge_dot(in, first & 1, state);
	judge_end(in);
	judge_chunks(in, state);
	judge_hops(in, state);
	return 0;
}
