/* fuzz - what the fuzz targets share
 *
 * A target is tests/fuzz/fuzz_NAME.c.  It takes any octets and asserts what the
 * headers of the parts promise.  A part is replaced at link time: where a
 * target defines __wrap_NAME(), the product calls that instead of NAME(), and
 * __real_NAME() is the original. */
#ifndef FUZZ_H
#define FUZZ_H

#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "unit.h"

/* libFuzzer calls these; a target may do without the first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(so) ((so) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #so))

static inline _Noreturn void
fuzz_fail(const char *file, int line, const char *promise)
{
	dprintf(2, "%s:%d: broken promise: %s\n", file, line, promise);
	abort();
}

/* The first octet off the front, or 0. */
static inline unsigned char
fuzz_octet(struct span *in)
{
	return in->n > 0 ? (unsigned char)*span_take_n(in, 1).s : 0;
}

/* All up to the first octet C, or the rest; C itself goes, too. */
static inline struct span
fuzz_part(struct span *in, char c)
{
	struct span part = span_take_until(in, c);

	span_take(in, c);
	return part;
}

/* 0xff, two octets of a length, and C stand for a run of C: so a small input
 * reaches the ends of large buffers.  What does not fit into MAX is cut. */
static inline struct span
fuzz_expand(struct span in, char *buffer, size_t max)
{
	size_t n = 0, run;
	unsigned char c;

	while (in.n > 0 && n < max) {
		c = fuzz_octet(&in);
		run = 1;
		if (c == 0xff && in.n >= 3) {
			run = (size_t)fuzz_octet(&in) << 8;
			run |= fuzz_octet(&in);
			c = fuzz_octet(&in);
		}
		run = run < max - n ? run : max - n;
		memset(buffer + n, c, run);
		n += run;
	}
	return (struct span){ buffer, n };
}

/* A copy with nothing behind it: who reads too far is found out. */
static inline struct span
fuzz_copy(struct span text)
{
	char *copy = malloc(text.n ? text.n : 1);

	MUST(copy);
	if (text.n > 0)
		memcpy(copy, text.s, text.n);
	return (struct span){ copy, text.n };
}

static inline void
fuzz_free(struct span copy)
{
	free((void *)(uintptr_t)copy.s);
}

/* Does PART lie within ALL? */
static inline bool
fuzz_within(struct span part, struct span all)
{
	return part.s >= all.s && part.s + part.n <= all.s + all.n;
}

#endif
