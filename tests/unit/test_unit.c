/* Checks can fail, and the guard works: each helper of unit.h gets one case
 * that is deliberately wrong. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 1024 };

/* The output of a unit whose only check must fail. */
struct inner {
	struct unit unit;
	int from; /* the reading end of a pipe */
	struct span said;
	char buffer[SAID_MAX];
};

static void
inner_open(struct inner *in)
{
	int ends[2] = { -1, -1 };

	if (pipe(ends) < 0)
		_exit(2);
	in->from = ends[0];
	in->unit = (struct unit){ .out = ends[1] };
}

/* Does it fail by exit code and by count, and does it print WORDS? */
static void
inner_must_fail(struct unit *u, struct inner *in, const char *name,
    const char *words)
{
	ssize_t got;

	EXPECT_NUMBER(u, span_of(name), (unsigned)unit_end(&in->unit), 1);
	EXPECT_NUMBER(u, span_of(name), in->unit.failures, 1);
	close(in->unit.out);
	got = read(in->from, in->buffer, sizeof(in->buffer));
	in->said = (struct span){ in->buffer, got > 0 ? (size_t)got : 0 };
	close(in->from);
	EXPECT_SPAN(u, span_of(name), in->said, span_of(words));
}

static void
failing_expectations(struct unit *u)
{
	static const struct span nul = LITERAL("a\0#");
	struct inner in;

	inner_open(&in);
	expect_true(unit_at(&in.unit, "f.c", 7), span_of("no"), false);
	inner_must_fail(u, &in, "expect_true can fail",
	    "not ok 1 - no\n# at f.c:7\n1..1\n");

	inner_open(&in);
	expect_number(unit_at(&in.unit, "f.c", 7), span_of("no"), 1, 2);
	inner_must_fail(u, &in, "expect_number can fail",
	    "not ok 1 - no\n# at f.c:7\n#   got 1\n#  want 2\n1..1\n");

	inner_open(&in);
	expect_span(unit_at(&in.unit, "f.c", 7), nul, nul, span_of("a"));
	inner_must_fail(u, &in, "expect_span can fail",
	    "not ok 1 - a\\x00\\x23\n# at f.c:7\n#   got \"a\\x00\\x23\"\n"
	    "#  want \"a\"\n1..1\n");
}

/* Two letters differ in case only, one text is longer. */
static void
failing_comparisons(struct unit *u)
{
	EXPECT_TRUE(u, span_of("letter case differs"),
	    !octets_same(span_of("a"), span_of("A")));
	EXPECT_TRUE(u, span_of("length differs"),
	    !octets_same(span_of("a"), span_of("ab")));
	EXPECT_TRUE(u, span_of("same octets"),
	    octets_same(span_of("ab"), span_of("ab")));
}

static void
good_and_bad_end(struct unit *u)
{
	struct inner in;

	inner_open(&in);
	expect_true(unit_at(&in.unit, "f.c", 7), span_of("yes"), true);
	EXPECT_NUMBER(u, span_of("one good check"),
	    (unsigned)unit_end(&in.unit), 0);
	close(in.unit.out);
	close(in.from);

	inner_open(&in);
	EXPECT_NUMBER(u, span_of("no check at all is a failure"),
	    (unsigned)unit_end(&in.unit), 1);
	close(in.unit.out);
	close(in.from);
}

/* The signal that kills a child which accesses the octet at AT, or 0.  A
 * sanitizer would report it in its own way. */
static unsigned
touch(char *at, bool write)
{
	static const struct rlimit none = { 0, 0 };
	volatile char *octet = at;
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (write)
			*octet = 'x';
		else
			(void)*octet;
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 0;
	return WIFSIGNALED(status) ? (unsigned)WTERMSIG(status) : 0;
}

static void
guard_kills(struct unit *u)
{
	struct guard g = guard_open(10000);
	struct span text = guarded(&g, span_of("abc"));
	char *room = guarded_room(&g, 3);

	EXPECT_SPAN(u, span_of("the copy"), text, span_of("abc"));
	EXPECT_TRUE(u, span_of("room for all"), g.max >= 10000);
	EXPECT_NUMBER(u, span_of("the last octet"), touch(room + 2, false), 0);
	EXPECT_NUMBER(u, span_of("one octet too far, read"),
	    touch(room + 3, false), SIGSEGV);
	EXPECT_NUMBER(u, span_of("one octet too far, written"),
	    touch(room + 3, true), SIGSEGV);
	text = guarded(&g, (struct span){ NULL, 0 });
	EXPECT_TRUE(u, span_of("nothing ends there, too"),
	    text.n == 0 && text.s == g.end);
}

/* A scratch directory with files in it is counted, and removed. */
static void
scratch_goes_away(struct unit *u)
{
	struct scratch s;
	int dir;

	scratch_open(&s);
	dir = open(s.dir, O_RDONLY | O_DIRECTORY);
	EXPECT_NUMBER(u, span_of("nothing is there"), entries_in(dir, "."), 0);
	scratch_write(&s, span_of("x"));
	if (mkdirat(dir, "sub", 0700) < 0 ||
	    mkdirat(dir, "sub/sub", 0700) < 0 ||
	    symlinkat("/nowhere", dir, "sub/link") < 0)
		_exit(2);
	EXPECT_NUMBER(u, span_of("two are there"), entries_in(dir, "."), 2);
	EXPECT_NUMBER(u, span_of("two below"), entries_in(dir, "sub"), 2);
	scratch_empty(&s);
	EXPECT_NUMBER(u, span_of("none, and the directory is still there"),
	    entries_in(dir, "."), 0);
	scratch_write(&s, span_of("x"));
	EXPECT_NUMBER(u, span_of("one again"), entries_in(dir, "."), 1);
	close(dir);
	scratch_close(&s);
	EXPECT_TRUE(u, span_of("all gone"), access(s.dir, F_OK) < 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	uint64_t state = 1;

	failing_expectations(&u);
	failing_comparisons(&u);
	good_and_bad_end(&u);
	guard_kills(&u);
	scratch_goes_away(&u);
	EXPECT_TRUE(&u, span_of("numbers are not all the same"),
	    random_next(&state) != random_next(&state));
	return unit_end(&u);
}
