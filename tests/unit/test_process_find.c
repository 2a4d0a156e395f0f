/* process: the words of a command line, where its program is, and whether it
 * could be replaced by those who may write below a directory. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "unit.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
splits(struct unit *u)
{
	static const struct {
		const char *line;
		size_t n;
		const char *last;
	} table[] = {
		{ "a", 1, "a" },
		{ "a b", 2, "b" },
		{ " \ta\t\tb  ", 2, "b" },
		{ "a 'b c'", 3, "c'" },
		{ "a b c", 3, "c" },
		{ "a b c d", 0, NULL },
		{ "", 0, NULL },
		{ " \t ", 0, NULL },
	};
	char line[32], *argv[4];
	size_t i, n;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		strcpy(line, table[i].line);
		n = process_split(line, argv, 4);
		EXPECT_NUMBER(u, span_of(table[i].line), n, table[i].n);
		if (n > 0)
			EXPECT_TRUE(u, span_of(table[i].line),
			    !argv[n] &&
			        strcmp(argv[n - 1], table[i].last) == 0);
	}
}

/* In the scratch directory: mail/ could be written by others. */
static void
make_tree(const struct scratch *s)
{
	static const char *const dirs[] = { "mail", "bin", "bin/dir", "sbin" };
	static const char *const files[] = { "mail/prog", "mail/both",
		"bin/prog2", "bin/both", "sbin/last", "here" };
	size_t i;
	int fd;

	must(chdir(s->dir) == 0);
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		must(mkdir(dirs[i], 0700) == 0);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		fd = open(files[i], O_WRONLY | O_CREAT, 0700);
		must(fd >= 0 && close(fd) == 0);
	}
	fd = open("bin/plain", O_WRONLY | O_CREAT, 0600);
	must(fd >= 0 && close(fd) == 0);
	must(symlink("../mail/prog", "bin/linked") == 0);
}

/* A program with $PATH, its path there, and whether that is below mail. */
struct row {
	const char *path, *line, *found;
	bool beneath;
};

static const struct row rows[] = {
	/* clang-format off */
	{ "bin", "./bin/prog2", "./bin/prog2", false },
	{ "bin", "bin/prog2 mail/prog", "bin/prog2", false },
	{ "bin", "prog2", "bin/prog2", false },
	{ "bin", "  prog2\t-x", "bin/prog2", false },
	{ "bin", "plain", NULL, false },
	{ "bin", "dir", NULL, false },
	{ "bin", "here", NULL, false },
	{ ":bin", "here", "./here", false },
	{ "bin:", "here", "./here", false },
	{ "bin::sbin", "here", "./here", false },
	{ "none:sbin:bin", "last", "sbin/last", false },
	{ "", "here", "./here", false },
	{ "bin", "", NULL, false },
	{ "bin", "linked", "bin/linked", true },
	{ "bin", "./bin/linked", "./bin/linked", true },
	{ "bin", "mail/prog", "mail/prog", true },
	{ "bin", "./bin/../mail/prog -x", "./bin/../mail/prog", true },
	{ "mail", "prog", "mail/prog", true },
	{ "bin:mail", "both", "bin/both", false },
	/* Not there yet. */
	{ "bin", "mail/none", NULL, true },
	{ "bin", "mail/sub/none", NULL, true },
	{ "bin", "out/none", NULL, false },
	{ "bin:mail:sbin", "plain", NULL, true },
	{ "bin:mail:sbin", "last", "sbin/last", true },
	{ "bin:sbin:mail", "last", "sbin/last", false },
	{ "bin:sbin", "none", NULL, false },
	{ "mail:bin", "both", "mail/both", true },
	/* clang-format on */
};

static void
ask(struct unit *u, int mail, const struct row *r)
{
	char buffer[PROCESS_PATH_MAX], name[64] = "", *words[8];
	const char *found;

	setenv("PATH", r->path, 1);
	strcpy(name, r->line);
	if (process_split(name, words, 8) == 0)
		words[0] = name;
	found = process_find(words[0], buffer);
	EXPECT_SPAN(u, span_of(r->line), span_of(found ? found : ""),
	    span_of(r->found ? r->found : ""));
	EXPECT_NUMBER(u, span_of(r->line), process_is_executable(words[0]),
	    r->found != NULL);
	EXPECT_NUMBER(u, span_of(r->line), process_lies_beneath(r->line, mail),
	    r->beneath);
}

static void
long_names(struct unit *u, int mail)
{
	char line[2 * PROCESS_PATH_MAX];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	EXPECT_TRUE(u, span_of("a name that is too long"),
	    !process_is_executable(line) && !process_lies_beneath(line, mail));
	line[0] = '/';
	EXPECT_TRUE(u, span_of("a path that is too long"),
	    !process_is_executable(line) && !process_lies_beneath(line, mail));
}

static void
wrong_answers(struct unit *u, int mail)
{
	static const struct row wrong = { "bin", "prog2", NULL, true };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, mail, &wrong);
	EXPECT_NUMBER(u, span_of("three wrong answers"), inner.failures, 3);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct scratch s;
	size_t i;
	int mail;

	splits(&u);
	scratch_open(&s);
	make_tree(&s);
	mail = open("mail", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ask(&u, mail, &rows[i]);
	long_names(&u, mail);
	wrong_answers(&u, mail);
	must(chdir("/") == 0);
	scratch_close(&s);
	return unit_end(&u);
}
