/* children: all that a process started is its child in the end, and is killed,
 * whatever it is called and whatever session it is in. */
#define _GNU_SOURCE
#include "base/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "unit.h"

#ifdef __linux__
enum {
	PATIENCE = 10000, /* ms */
	LONG = 60,        /* seconds, longer than the test */
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Waits MS, or until no child is left.  Returns how many ended, and in
 * *RET_LEFT whether there is another. */
static unsigned
reap(int ms, bool *ret_left)
{
	unsigned n = 0;
	pid_t pid;

	for (; ms >= 0; ms -= 10) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			n++;
		*ret_left = pid == 0;
		if (pid < 0)
			break;
		pause_ms(10);
	}
	return n;
}

/* Kills until there is no child. */
static unsigned
kill_all(bool *ret_left)
{
	unsigned n = 0;
	int i;

	*ret_left = true;
	for (i = 0; i < PATIENCE / 100 && *ret_left; i++) {
		children_kill();
		n += reap(100, ret_left);
	}
	return n;
}

/* What a child does, at last it sleeps. */
static void
rest(void)
{
	sleep(LONG);
	_exit(0);
}

static void
leave(void)
{
	if (fork() > 0)
		_exit(0);
	setsid();
	if (fork() > 0)
		_exit(0);
}

static void
be_daemon(void)
{
	leave();
	rest();
}

/* It is not killed, and must not keep what the test has open. */
static void
get_away(void)
{
	leave();
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	pause_ms(1000);
	_exit(0);
}

static void
ignore_signals(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	setpgid(0, 0);
	rest();
}

static void
be_tree(void)
{
	int i;

	for (i = 0; i < 3; i++)
		if (fork() == 0)
			break;
	if (i < 3 && fork() == 0)
		rest();
	rest();
}

static void
name_brackets(void)
{
	prctl(PR_SET_NAME, ") R 1 (x", 0, 0, 0);
	rest();
}

static void
name_blanks(void)
{
	prctl(PR_SET_NAME, " a b)\n) S 1 1", 0, 0, 0);
	rest();
}

static void
name_digits(void)
{
	prctl(PR_SET_NAME, "1", 0, 0, 0);
	be_daemon();
}

/* What a child does, and how many processes are killed and reaped. */
static const struct row {
	const char *name;
	void (*run)(void);
	unsigned n;
} rows[] = {
	{ "a process", rest, 1 },
	{ "its own group, and no signals", ignore_signals, 1 },
	{ "a tree", be_tree, 7 },
	{ "a name with brackets", name_brackets, 1 },
	{ "a name with blanks and a line end", name_blanks, 1 },
	{ "a daemon", be_daemon, 2 + 1 },
	{ "a daemon with a number as its name", name_digits, 2 + 1 },
};

static void
try_one(struct unit *u, const struct row *r)
{
	bool left;
	unsigned n;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0)
		r->run();
	n = reap(200, &left);
	EXPECT_TRUE(u, span_of("something runs"), left);
	n += kill_all(&left);
	EXPECT_TRUE(u, span_of("nothing is left"), !left);
	EXPECT_NUMBER(u, span_of(r->name), n, r->n);
}

/* A process that was adopted, and one that belongs to another, are told
 * apart. */
static void
others(struct unit *u)
{
	int ends[2];
	char octet;
	pid_t other = fork();
	bool left;

	must(other >= 0 && pipe(ends) == 0);
	if (other == 0)
		rest();
	if (fork() == 0) {
		/* The children of this process do not include its brother. */
		children_kill();
		_exit(
		    waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 1);
	}
	EXPECT_NUMBER(u, span_of("only the one"), reap(300, &left), 1);
	EXPECT_NUMBER(u, span_of("its brother lived"), kill_all(&left), 1);
	close(ends[1]);
	EXPECT_TRUE(u, span_of("no child is left"),
	    read(ends[0], &octet, 1) == 0);
	close(ends[0]);
	children_kill(); /* without a child it does nothing */
}

/* A child gets SIGTERM when its parent ends, and knows if that was before. */
static void
end_with_parent(struct unit *u)
{
	int status = 0;
	bool left;
	pid_t parent = fork(), child;

	must(parent >= 0);
	if (parent == 0) {
		child = fork();
		if (child == 0 && children_end_with(getppid(), SIGTERM))
			rest();
		pause_ms(100);
		_exit(child > 0 ? 0 : 1);
	}
	waitpid(parent, &status, 0);
	EXPECT_NUMBER(u, span_of("the parent"), (unsigned)status, 0);
	child = -1;
	for (left = true; left && child <= 0; pause_ms(10)) {
		child = waitpid(-1, &status, WNOHANG);
		left = child == 0;
	}
	EXPECT_TRUE(u, span_of("SIGTERM"),
	    child > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	if (fork() == 0)
		_exit(children_end_with(1, SIGTERM) ? 1 : 0);
	waitpid(-1, &status, 0);
	EXPECT_NUMBER(u, span_of("another parent"), (unsigned)status, 0);
}

/* Without adoption a daemon is not seen. */
static void
wrong_answers(struct unit *u)
{
	static const struct row daemon = { "a daemon", get_away, 3 };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	try_one(&inner, &daemon);
	EXPECT_NUMBER(u, span_of("a daemon gets away"), inner.failures, 2);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	wrong_answers(&u);
	children_adopt();
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		try_one(&u, &rows[i]);
	others(&u);
	end_with_parent(&u);
	return unit_end(&u);
}
#else
int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };

	EXPECT_TRUE(&u, span_of("only Linux can adopt"), true);
	return unit_end(&u);
}
#endif
