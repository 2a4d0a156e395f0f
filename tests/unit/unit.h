/* unit - checks that print TAP, and text that ends at an unreadable page
 *
 * A check prints `ok N - NAME`, or `not ok N - NAME` with its location and both
 * values.  The test continues after a failure.  unit_end() prints the plan. */
#ifndef UNIT_H
#define UNIT_H

#include "base/span.h"

struct unit {
	int out; /* descriptor for the output */
	unsigned checks;
	unsigned failures;
	const char *file; /* location of the current check */
	unsigned line;
};

/* Initializes a span from a string literal, which may contain NUL. */
#define LITERAL(text)                                                          \
	{                                                                      \
		"" text, sizeof(text) - 1                                      \
	}

/* Check that GOT is true, or equals the number or the octets WANT.  NAME is a
 * span; only its start is shown. */
#define EXPECT_TRUE(u, name, got)                                              \
	expect_true(unit_at(u, __FILE__, __LINE__), name, got)
#define EXPECT_NUMBER(u, name, got, want)                                      \
	expect_number(unit_at(u, __FILE__, __LINE__), name, got, want)
#define EXPECT_SPAN(u, name, got, want)                                        \
	expect_span(unit_at(u, __FILE__, __LINE__), name, got, want)

/* Sets the location of the next check and returns U. */
struct unit *unit_at(struct unit *u, const char *file, unsigned line);

void expect_true(struct unit *u, struct span name, bool got);
void expect_number(struct unit *u, struct span name, uint64_t got,
    uint64_t want);
void expect_span(struct unit *u, struct span name, struct span got,
    struct span want);

/* Prints the plan.  Returns the exit code: 1 if a check failed or there was no
 * check, else 0. */
int unit_end(struct unit *u);

/* Memory followed by an inaccessible page: to read or write one octet past the
 * end raises a signal at once. */
struct guard {
	char *end; /* the first octet of that page */
	size_t max;
};

/* Allocates a guard for texts of up to MAX octets.  Ends the test if there is
 * no memory. */
struct guard guard_open(size_t max);

/* Returns a copy of TEXT that ends at the guard, valid until the next call. */
struct span guarded(const struct guard *g, struct span text);

/* Returns room for N octets that ends at the guard. */
char *guarded_room(const struct guard *g, size_t n);

/* A private directory below $TMPDIR and a file in it.  scratch_empty() removes
 * the contents of the directory, scratch_close() the directory, too.  Any
 * failure ends the test. */
struct scratch {
	char dir[1024];
	char file[1040];
};

void scratch_open(struct scratch *s);
void scratch_write(const struct scratch *s, struct span content);
void scratch_empty(const struct scratch *s);
void scratch_close(const struct scratch *s);

/* Returns the number of entries of a directory, without `.` and `..`.  Ends the
 * test if the directory cannot be read. */
size_t entries_in(int dir, const char *path);

/* True if A and B are the same octets, including letter case. */
bool octets_same(struct span a, struct span b);

/* Returns the next pseudo-random number (xorshift64).  *STATE must not be 0. */
uint64_t random_next(uint64_t *state);

#endif
