/* process: children get their descriptors, whatever numbers these have in the
 * parent; their end is waited for, and they are killed with their group. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "unit.h"

enum {
	OPEN = 8,  /* descriptors 0 to 7 are open, and all different */
	OUT = 100, /* the output of the unit */
	LONG = 10000,
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The descriptors of a child, and what they were in the parent. */
struct row {
	int fd[4];
	int closed; /* in the parent, or -1 */
};

static const struct row rows[] = {
	{ { 0, 1, 2, -1 }, -1 },
	{ { 0, 1, 2, 3 }, -1 },
	{ { 4, 5, 6, 7 }, -1 },
	{ { 4, -1, -1, 5 }, -1 },
	{ { -1, -1, -1, -1 }, -1 },
	{ { 1, 0, 2, -1 }, -1 },
	{ { 3, 2, 1, 0 }, -1 },
	{ { 1, 2, 3, 0 }, -1 },
	{ { 2, 3, 0, 1 }, -1 },
	{ { 1, 1, 1, 1 }, -1 },
	{ { 3, 3, 3, 3 }, -1 },
	{ { 0, 0, 0, 0 }, -1 },
	{ { -1, 0, -1, 1 }, -1 },
	{ { 7, -1, 0, 2 }, -1 },
	{ { -1, 1, 2, 3 }, 0 },
	{ { 1, -1, 2, -1 }, 0 },
	{ { 4, 3, -1, -1 }, 2 },
	{ { 5, -1, -1, 1 }, 3 },
};

/* The files of the parent, and the row that a child looks at. */
struct scene {
	struct scratch scratch;
	struct stat file[OPEN], null;
	const struct row *row;
};

/* Opens descriptors 0 to 7, which a program would not inherit. */
static void
open_all(const struct scene *s)
{
	char name[] = "0";
	int fd;

	must(chdir(s->scratch.dir) == 0);
	for (; name[0] < '0' + OPEN; name[0]++) {
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		must(fd >= 0);
		if (fd == name[0] - '0')
			continue;
		must(dup2(fd, name[0] - '0') >= 0);
		must(fcntl(name[0] - '0', F_SETFD, FD_CLOEXEC) == 0);
		close(fd);
	}
	must(chdir("/") == 0);
}

static void
start_scene(struct scene *s)
{
	int fd;

	open_all(s);
	for (fd = 0; fd < OPEN; fd++)
		must(fstat(fd, &s->file[fd]) == 0);
	must(stat("/dev/null", &s->null) == 0);
}

/* A program would inherit descriptor FD. */
static bool
is_kept(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* In the child: returns a bit for each descriptor that is wrong. */
static int
look(void *of)
{
	const struct scene *s = of;
	const struct row *r = s->row;
	struct stat st;
	int fd, wrong = 0;

	for (fd = 0; fd < 4; fd++) {
		if (fd == 3 && r->fd[3] < 0) {
			wrong |= is_kept(3) << 3;
			continue;
		}
		if (fstat(fd, &st) < 0 || !is_kept(fd) ||
		    !is_same(&st,
		        r->fd[fd] < 0 ? &s->null : &s->file[r->fd[fd]]))
			wrong |= 1 << fd;
	}
	return wrong;
}

static int
status_of(const struct process *p)
{
	pid_t pid = process_start(p);
	int status = -2;

	must(pid > 0);
	if (!process_wait(pid, os_monotonic_ms() + LONG, &status))
		process_kill(pid, true);
	return status;
}

/* The bits of look() for the row GIVEN, if the child expects WANT. */
static int
wrong_of(struct scene *s, const struct row *given, const struct row *want)
{
	struct process p = { .run = look, .of = s };

	memcpy(p.fd, given->fd, sizeof(p.fd));
	open_all(s);
	s->row = want;
	if (given->closed >= 0)
		close(given->closed);
	return status_of(&p);
}

static void
descriptors(struct unit *u, struct scene *s)
{
	char name[] = "row 00";
	size_t i;

	start_scene(s);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		name[4] = (char)('0' + i / 10);
		name[5] = (char)('0' + i % 10);
		EXPECT_NUMBER(u, span_of(name),
		    (unsigned)wrong_of(s, &rows[i], &rows[i]), 0);
	}
	EXPECT_NUMBER(u, span_of("other descriptors are noticed"),
	    (unsigned)wrong_of(s, &rows[6], &rows[7]), 1 | 4);
	open_all(s);
}

/* Children. */
static int
seven(void *of)
{
	(void)of;
	return 7;
}

static int
kill_myself(void *of)
{
	(void)of;
	return kill(getpid(), SIGKILL);
}

static int
rest(void *of)
{
	(void)of;
	sleep(60); /* it is killed before */
	return 1;
}

static int
doze(void *of)
{
	(void)of;
	poll(NULL, 0, 100);
	return 3;
}

static int
leads_group(void *of)
{
	(void)of;
	return getpgrp() == getpid();
}

/* Starts a process in the same group and rests. */
static int
start_another(void *of)
{
	if (fork() >= 0)
		rest(of);
	return 1;
}

static struct process
child(int (*run)(void *of))
{
	return (struct process){ .fd = { 0, 1, 2, -1 }, .run = run };
}

static void
ends(struct unit *u)
{
	struct process p = child(seven);

	EXPECT_NUMBER(u, span_of("its exit code"), (unsigned)status_of(&p), 7);
	p = child(kill_myself);
	EXPECT_NUMBER(u, span_of("its signal"), (unsigned)status_of(&p),
	    128 + SIGKILL);
	p = child(leads_group);
	EXPECT_NUMBER(u, span_of("our group"), (unsigned)status_of(&p), 0);
	p.own_group = true;
	EXPECT_NUMBER(u, span_of("its group"), (unsigned)status_of(&p), 1);
	signal(SIGCHLD, SIG_IGN);
	p = child(seven);
	EXPECT_NUMBER(u, span_of("SIGCHLD was ignored"),
	    (unsigned)status_of(&p), 7);
}

static void
waits(struct unit *u)
{
	struct process p = child(rest);
	int64_t start = os_monotonic_ms();
	pid_t pid = process_start(&p);
	int status = 77;

	EXPECT_TRUE(u, span_of("it runs"),
	    !process_wait(pid, 0, &status) && status == 77);
	EXPECT_TRUE(u, span_of("it still runs"),
	    !process_wait(pid, start + 150, &status) && status == 77);
	EXPECT_TRUE(u, span_of("and was waited for"),
	    os_monotonic_ms() >= start + 150);
	process_kill(pid, false);
	EXPECT_TRUE(u, span_of("it was killed"), kill(pid, 0) < 0);
	errno = 0;
	EXPECT_TRUE(u, span_of("and cannot be waited for"),
	    process_wait(pid, 0, &status) && status == -1 && errno == ECHILD);
	start = os_monotonic_ms();
	p = child(doze);
	EXPECT_NUMBER(u, span_of("it ends"), (unsigned)status_of(&p), 3);
	EXPECT_TRUE(u, span_of("its end ends the wait"),
	    os_monotonic_ms() < start + LONG / 2);
}

/* The end of a pipe is seen when all that could write to it have ended. */
static void
groups(struct unit *u)
{
	struct process p = { .fd = { -1, -1, -1, -1 },
		.own_group = true,
		.run = start_another };
	char octet;
	int from;
	pid_t pid;

	must(process_pipe(&from, &p.fd[1]) == 0);
	EXPECT_TRUE(u, span_of("a pipe is not inherited"),
	    !is_kept(from) && !is_kept(p.fd[1]));
	pid = process_start(&p);
	close(p.fd[1]);
	EXPECT_TRUE(u, span_of("they run"),
	    os_wait(from, POLLIN, os_monotonic_ms() + 100) == OS_TIMEOUT);
	process_kill(pid, true);
	EXPECT_TRUE(u, span_of("the group is killed"),
	    os_wait(from, POLLIN, os_monotonic_ms() + LONG) == OS_READY &&
	        read(from, &octet, 1) == 0);
	close(from);
}

/* The words of a program; no process changes them. */
static int
execute(void *of)
{
	const struct process_variable ours[] = { { "A", span_of("new") },
		{ "B", span_of("") } };
	char line[2048], *argv[8];

	strcpy(line, of);
	must(process_split(line, argv, 8) > 0);
	process_exec(argv, ours, 2);
	return errno;
}

static void
pipes(struct unit *u)
{
	char cat[] = "/bin/cat";
	struct process p = { .fd = { -1, -1, 2, -1 },
		.run = execute,
		.of = cat };
	int to, from, status;
	pid_t pid = process_start_piped(&p, &to, &from);
	char octet = 0;

	must(pid > 0 && write(to, "x", 1) == 1);
	EXPECT_TRUE(u, span_of("it answers"),
	    read(from, &octet, 1) == 1 && octet == 'x');
	close(to);
	EXPECT_TRUE(u, span_of("its input ends, and it ends"),
	    process_wait(pid, os_monotonic_ms() + LONG, &status) &&
	        status == 0);
	EXPECT_TRUE(u, span_of("so does its output"),
	    read(from, &octet, 1) == 0);
	close(from);
}

static void
programs(struct unit *u, const struct scratch *s)
{
	static const char script[] = "[ $A-$B-$C = new--kept ] || exit 1\n"
	                             "[ $(env | grep -c ^A=) = 1 ] || exit 2\n"
	                             "kill -PIPE $$\n";
	char line[sizeof(s->file) + 16], none[] = "/no/such/program";
	struct process p = { .fd = { -1, -1, -1, -1 }, .run = execute };

	setenv("A", "old", 1);
	setenv("C", "kept", 1);
	scratch_write(s, span_of(script));
	snprintf(line, sizeof(line), "/bin/sh %s", s->file);
	p.of = line;
	EXPECT_NUMBER(u, span_of("variables and signals"),
	    (unsigned)status_of(&p), 128 + SIGPIPE);
	p.of = none;
	EXPECT_NUMBER(u, span_of("there is none"), (unsigned)status_of(&p),
	    ENOENT);
}

int
main(void)
{
	static struct scene scene;
	struct unit u = { .out = OUT };

	must(os_start(true, false) == 0);
	must(dup2(STDOUT_FILENO, OUT) == OUT);
	must(fcntl(OUT, F_SETFD, FD_CLOEXEC) == 0);
	scratch_open(&scene.scratch);
	descriptors(&u, &scene);
	ends(&u);
	waits(&u);
	groups(&u);
	pipes(&u);
	programs(&u, &scene.scratch);
	scratch_close(&scene.scratch);
	return unit_end(&u);
}
