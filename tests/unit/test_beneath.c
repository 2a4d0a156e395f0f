/* beneath: which paths lead through a directory, also through symbolic links.
 *
 * Each path is asked for as it stands, relative to the scratch directory, and
 * as an absolute path. */
#include "base/beneath.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

enum {
	LINKS = 41, /* one more than the system follows */
	PATH_OCTETS = 8192,
};

static const char *const dirs[] = { "mail", "mail/sub", "out", "out/dir" };
static const char *const files[] = { "mail/file", "mail/sub/file", "out/file" };

static const struct {
	const char *name, *target;
} links[] = {
	{ "out/to_mail", "../mail" },
	{ "out/to_sub", "../mail/sub" },
	{ "out/to_file", "../mail/file" },
	{ "out/to_none", "../mail/none" },
	{ "out/to_self", "." },
	{ "out/to_other", "file" },
	{ "out/to_root", "/" },
	{ "out/slashes", "..//mail///" },
	{ "out/chain", "dir/../chain2" },
	{ "out/chain2", "to_self/chain3" },
	{ "out/chain3", "to_mail" },
	{ "out/loop", "loop" },
	{ "out/loop1", "loop2" },
	{ "out/loop2", "../out/loop1" },
	{ "out/dangling", "none" },
	{ "mail/leads_out", "../out" },
	{ "in_and_out", "mail/leads_out/file" },
};

struct row {
	const char *path;
	bool beneath;
};

static const struct row rows[] = {
	{ "mail/file", true },
	{ "mail/sub/file", true },
	{ "mail/none", true }, /* it can be made there */
	{ "mail/none/none", true },
	{ "out/file", false },
	{ "out/none", false },
	{ "none", false },
	/* The directory itself is not looked up in itself. */
	{ "mail", false },
	{ "mail/", false },
	{ "mail/.", false },
	{ "mail/..", false },
	{ ".", false },
	/* Dots and slashes. */
	{ "mail//file", true },
	{ "./mail/./file", true },
	{ ".//.//mail", false },
	{ "out/../mail/file", true },
	{ "out/dir/../../mail/file", true },
	{ "mail/../out/file", false },
	{ "mail/../mail/file", true },
	{ "mail/sub/../../out/file", true },
	{ "mail/sub/..", true },
	/* A link in the middle, and at the end. */
	{ "out/to_mail/file", true },
	{ "out/to_mail/../out/file", false },
	{ "out/to_sub/file", true },
	{ "out/to_self/to_self/file", false },
	{ "out/to_self/to_mail/file", true },
	{ "out/slashes/file", true },
	{ "out/to_mail", false },
	{ "out/to_sub", true },
	{ "out/to_file", true },
	{ "out/to_none", true },
	{ "out/to_other", false },
	{ "out/dangling", false },
	{ "out/to_root/dev/null", false },
	/* Chains of links. */
	{ "out/chain/file", true },
	{ "out/chain", false },
	{ "link0", true },
	{ "link39", true },
	{ "link40", false },
	/* Out of the directory again. */
	{ "mail/leads_out/file", true },
	{ "in_and_out", true },
	/* To nowhere. */
	{ "out/loop", false },
	{ "out/loop1", false },
	{ "out/loop/../mail/file", false },
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* link0 leads to a file below mail, each other link to the one before. */
static void
make_chain(void)
{
	char name[16], target[16];
	unsigned i;

	must(symlink("mail/file", "link0") == 0);
	for (i = 1; i < LINKS; i++) {
		snprintf(name, sizeof(name), "link%u", i);
		snprintf(target, sizeof(target), "link%u", i - 1);
		must(symlink(target, name) == 0);
	}
}

static void
make_tree(const struct scratch *s)
{
	size_t i;

	must(chdir(s->dir) == 0);
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		must(mkdir(dirs[i], 0700) == 0);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		must(close(open(files[i], O_WRONLY | O_CREAT, 0600)) == 0);
	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		must(symlink(links[i].target, links[i].name) == 0);
	make_chain();
}

static void
ask(struct unit *u, const struct scratch *s, int dir, const struct row *r)
{
	char path[PATH_OCTETS];

	EXPECT_NUMBER(u, span_of(r->path), beneath(r->path, dir), r->beneath);
	snprintf(path, sizeof(path), "%s/%s", s->dir, r->path);
	EXPECT_NUMBER(u, span_of(path), beneath(path, dir), r->beneath);
	snprintf(path, sizeof(path), "/..//.%s/./%s", s->dir, r->path);
	EXPECT_NUMBER(u, span_of(path), beneath(path, dir), r->beneath);
}

/* Fills PATH with COUNT times PIECE, and LAST. */
static const char *
repeat(char path[static PATH_OCTETS], const char *piece, size_t count,
    const char *last)
{
	path[0] = '\0';
	while (count-- > 0)
		strcat(path, piece);
	return strcat(path, last);
}

static void
lengths(struct unit *u, int dir)
{
	char path[PATH_OCTETS];

	EXPECT_TRUE(u, span_of("a long path"),
	    beneath(repeat(path, "./", 1800, "mail/file"), dir));
	EXPECT_TRUE(u, span_of("too long"),
	    !beneath(repeat(path, "./", 2050, "mail/file"), dir));
	EXPECT_TRUE(u, span_of("the longest name"),
	    beneath(repeat(path, "x", NAME_MAX, "/../mail/file"), dir));
	EXPECT_TRUE(u, span_of("a name that is too long"),
	    !beneath(repeat(path, "x", NAME_MAX + 1, "/../mail/file"), dir));
	EXPECT_TRUE(u, span_of("the system follows as many links"),
	    access("link39", F_OK) == 0 && access("link40", F_OK) < 0);
	EXPECT_TRUE(u, span_of("nothing"), !beneath("", dir));
	EXPECT_TRUE(u, span_of("the root"), !beneath("/", dir));
	EXPECT_TRUE(u, span_of("above the root"), !beneath("/../..", dir));
}

/* From within the directory, and for the root and a wrong descriptor. */
static void
places(struct unit *u, const struct scratch *s, int dir)
{
	int root = open("/", O_RDONLY | O_DIRECTORY);

	EXPECT_TRUE(u, span_of("below the root"), beneath("mail/file", root));
	EXPECT_TRUE(u, span_of("all is"), beneath(s->dir, root));
	EXPECT_TRUE(u, span_of("but the root"), !beneath("/", root));
	close(root);
	EXPECT_TRUE(u, span_of("no directory"), !beneath("mail/file", root));
	must(chdir("mail") == 0);
	EXPECT_TRUE(u, span_of("here"), beneath("file", dir));
	EXPECT_TRUE(u, span_of("not here"), !beneath("../out/file", dir));
	must(chdir("sub") == 0);
	EXPECT_TRUE(u, span_of("the way to here counts"), beneath("file", dir));
	must(chdir("/") == 0);
}

static void
wrong_answers(struct unit *u, const struct scratch *s, int dir)
{
	static const struct row wrong = { "mail/file", false };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, s, dir, &wrong);
	EXPECT_NUMBER(u, span_of("three wrong answers"), inner.failures, 3);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct scratch s;
	size_t i;
	int dir;

	scratch_open(&s);
	make_tree(&s);
	dir = open("out/to_mail", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ask(&u, &s, dir, &rows[i]);
	lengths(&u, dir);
	wrong_answers(&u, &s, dir);
	places(&u, &s, dir);
	scratch_close(&s);
	return unit_end(&u);
}
