/* fuzz - helpers shared by the fuzz targets
 *
 * A target is tests/fuzz/fuzz_NAME.c.  It takes any octets and asserts what the
 * header files specify.  A target replaces a function NAME() at link time by
 * defining __wrap_NAME(); __real_NAME() is the original. */
#ifndef FUZZ_H
#define FUZZ_H

#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "unit.h"

/* Called by libFuzzer.  The first is optional. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(so) ((so) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #so))

static inline _Noreturn void
fuzz_fail(const char *file, int line, const char *promise)
{
	dprintf(2, "%s:%d: broken promise: %s\n", file, line, promise);
	abort();
}

/* Takes the first octet off the front of *IN; 0 if *IN is empty. */
static inline unsigned char
fuzz_octet(struct span *in)
{
	return in->n > 0 ? (unsigned char)*span_take_n(in, 1).s : 0;
}

/* Takes the octets before the first C, or all, off the front of *IN, and drops
 * that C. */
static inline struct span
fuzz_part(struct span *in, char c)
{
	struct span part = span_take_until(in, c);

	span_take(in, c);
	return part;
}

/* Expands runs: 0xff, a length in two octets, and an octet C stand for a run of
 * C, so that a small input reaches the ends of large buffers.  Cuts the result
 * at MAX octets. */
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

/* Returns a copy on the heap, so that the sanitizer detects reads past its
 * end. */
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

/* True if PART lies within ALL. */
static inline bool
fuzz_within(struct span part, struct span all)
{
	return part.s >= all.s && part.s + part.n <= all.s + all.n;
}

#endif
