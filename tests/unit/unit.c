/* Checks that print TAP, and guarded memory.  See unit.h. */
/* For MAP_ANONYMOUS, which is not in POSIX.1-2008 but on every system. */
#define _DEFAULT_SOURCE
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"

enum {
	LINE_MAX_OCTETS = 1024,
	SHOWN_MAX = 72, /* octets of a name or a value */
};

static void
put(const struct unit *u, const struct text *line)
{
	struct span rest = text_span_of(line);
	ssize_t done;

	while (rest.n > 0) {
		done = write(u->out, rest.s, rest.n);
		if (done <= 0)
			_exit(2);
		span_take_n(&rest, (size_t)done);
	}
}

/* Adds the start of OCTETS in printable form.  `#` is escaped, because it would
 * start a TAP directive. */
static void
add_shown(struct text *line, struct span octets)
{
	struct span rest = span_take_n(&octets, SHOWN_MAX);
	unsigned char c;

	for (; rest.n > 0; span_take_n(&rest, 1)) {
		c = (unsigned char)rest.s[0];
		if (is_printable(c) && c != '\\' && c != '#')
			text_char(line, (char)c);
		else
			text_escaped(line, c);
	}
	if (octets.n > 0) {
		text_add(line, "... and ");
		text_number(line, octets.n, 0);
		text_add(line, " more");
	}
}

static void
report(struct unit *u, struct span name, bool ok)
{
	char buffer[LINE_MAX_OCTETS];
	struct text line = text_in(buffer, sizeof(buffer));

	u->checks++;
	u->failures += !ok;
	text_add(&line, ok ? "ok " : "not ok ");
	text_number(&line, u->checks, 0);
	text_add(&line, " - ");
	add_shown(&line, name);
	text_char(&line, '\n');
	if (!ok) {
		text_add(&line, "# at ");
		text_add(&line, u->file);
		text_char(&line, ':');
		text_number(&line, u->line, 0);
		text_char(&line, '\n');
	}
	put(u, &line);
}

static void
put_span(const struct unit *u, const char *which, struct span value)
{
	char buffer[LINE_MAX_OCTETS];
	struct text line = text_in(buffer, sizeof(buffer));

	text_add(&line, which);
	text_char(&line, '"');
	add_shown(&line, value);
	text_add(&line, "\"\n");
	put(u, &line);
}

static void
put_number(const struct unit *u, const char *which, uint64_t value)
{
	char buffer[LINE_MAX_OCTETS];
	struct text line = text_in(buffer, sizeof(buffer));

	text_add(&line, which);
	text_number(&line, value, 0);
	text_char(&line, '\n');
	put(u, &line);
}

struct unit *
unit_at(struct unit *u, const char *file, unsigned line)
{
	u->file = file;
	u->line = line;
	return u;
}

void
expect_true(struct unit *u, struct span name, bool got)
{
	report(u, name, got);
}

void
expect_number(struct unit *u, struct span name, uint64_t got, uint64_t want)
{
	report(u, name, got == want);
	if (got != want) {
		put_number(u, "#   got ", got);
		put_number(u, "#  want ", want);
	}
}

void
expect_span(struct unit *u, struct span name, struct span got, struct span want)
{
	bool same = octets_same(got, want);

	report(u, name, same);
	if (!same) {
		put_span(u, "#   got ", got);
		put_span(u, "#  want ", want);
	}
}

int
unit_end(struct unit *u)
{
	put_number(u, "1..", u->checks);
	return u->checks == 0 || u->failures > 0;
}

struct guard
guard_open(size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (max / page + 1) * page;
	char *start = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED || mprotect(start + room, page, PROT_NONE) < 0)
		abort();
	return (struct guard){ start + room, room };
}

char *
guarded_room(const struct guard *g, size_t n)
{
	if (n > g->max)
		abort();
	return g->end - n;
}

struct span
guarded(const struct guard *g, struct span text)
{
	char *copy = guarded_room(g, text.n);

	if (text.n > 0)
		memcpy(copy, text.s, text.n);
	return (struct span){ copy, text.n };
}

void
scratch_open(struct scratch *s)
{
	const char *where = getenv("TMPDIR");
	int n = snprintf(s->dir, sizeof(s->dir), "%s/unit.XXXXXX",
	    where ? where : "/tmp");

	if (n < 0 || (size_t)n >= sizeof(s->dir) || !mkdtemp(s->dir))
		abort();
	snprintf(s->file, sizeof(s->file), "%s/file", s->dir);
}

void
scratch_write(const struct scratch *s, struct span content)
{
	int fd = open(s->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t done;

	if (fd < 0)
		abort();
	while (content.n > 0) {
		done = write(fd, content.s, content.n);
		if (done <= 0)
			abort();
		span_take_n(&content, (size_t)done);
	}
	futimens(fd, (struct timespec[2]){ { 1, 0 }, { 1, 0 } }); /* long ago */
	close(fd);
}

static int
take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
take_content(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return at->level > 0 ? take_away(path, st, kind, at) : 0;
}

void
scratch_empty(const struct scratch *s)
{
	if (nftw(s->dir, take_content, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

void
scratch_close(const struct scratch *s)
{
	if (nftw(s->dir, take_away, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

size_t
entries_in(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!d)
		abort();
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

/* Does not use memcmp(): some versions read past the end under a mask, which is
 * valid, but slow if that page cannot be read. */
bool
octets_same(struct span a, struct span b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (a.s[i] != b.s[i])
			return false;
	return true;
}

uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
