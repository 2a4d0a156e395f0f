/* unit - checks that print TAP, and text that ends where memory ends
 *
 * A check prints `ok N - NAME` or `not ok N - NAME`, the latter with its place
 * and both values.  It goes on after a failure, and unit_end() has the plan. */
#ifndef UNIT_H
#define UNIT_H

#include "base/span.h"

struct unit {
	int out; /* the descriptor that the lines go to */
	unsigned checks;
	unsigned failures;
	const char *file; /* where the check under way stands */
	unsigned line;
};

/* A span's initializer from a string literal, which may hold NUL. */
#define LITERAL(text)                                                          \
	{                                                                      \
		"" text, sizeof(text) - 1                                      \
	}

/* Is it so?  Is it the same number, the same octets?  NAME is a span, of which
 * the start is shown. */
#define EXPECT_TRUE(u, name, got)                                              \
	expect_true(unit_at(u, __FILE__, __LINE__), name, got)
#define EXPECT_NUMBER(u, name, got, want)                                      \
	expect_number(unit_at(u, __FILE__, __LINE__), name, got, want)
#define EXPECT_SPAN(u, name, got, want)                                        \
	expect_span(unit_at(u, __FILE__, __LINE__), name, got, want)

/* Notes the place of the next check. */
struct unit *unit_at(struct unit *u, const char *file, unsigned line);

void expect_true(struct unit *u, struct span name, bool got);
void expect_number(struct unit *u, struct span name, uint64_t got,
    uint64_t want);
void expect_span(struct unit *u, struct span name, struct span got,
    struct span want);

/* Prints the plan.  The exit code: 1 if a check failed or there was none. */
int unit_end(struct unit *u);

/* Memory behind which there is a page that nobody may touch: whoever reads or
 * writes one octet too far dies at once. */
struct guard {
	char *end; /* the first octet of that page */
	size_t max;
};

/* A guard for texts of up to MAX octets.  It ends the test if there is no
 * memory. */
struct guard guard_open(size_t max);

/* A copy of TEXT that ends at the guard; good until the next call. */
struct span guarded(const struct guard *g, struct span text);

/* Room for N octets that ends at the guard. */
char *guarded_room(const struct guard *g, size_t n);

/* A file of our own in a directory of its own below $TMPDIR, which goes away
 * with all that is in it.  Whatever goes wrong with it ends the test. */
struct scratch {
	char dir[1024];
	char file[1040];
};

void scratch_open(struct scratch *s);
void scratch_write(const struct scratch *s, struct span content);
void scratch_close(const struct scratch *s);

/* How many entries a directory has; it ends the test if there is none. */
size_t entries_in(int dir, const char *path);

/* Are these the same octets, letter case and all? */
bool octets_same(struct span a, struct span b);

/* The next of a row of pseudo-random numbers (xorshift64); *STATE is not 0. */
uint64_t random_next(uint64_t *state);

#endif
