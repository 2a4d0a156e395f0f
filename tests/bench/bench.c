/* bench - the client of tests/bench/bench: Python would be too slow
 *
 *     bench start N COMMAND...    us from the start to the first line, N times
 *     bench brief N COMMAND...    us of a session without mail, from the start
 *                                 to the end of its process, N times
 *     bench idle COMMAND...       private KiB of a session after EHLO
 *     bench session N OCTETS RECIPIENTS COMMAND...
 *                                 us and CPU us for N messages in one session,
 *                                 pipelined where the server offers that
 *     bench whole N OCTETS RECIPIENTS COMMAND...
 *                                 the same, written without awaiting a reply
 *     bench parallel N K COMMAND...
 *                                 us for N sessions over TCP with a message
 *                                 each, K at a time
 *     bench beside N K COMMAND... KiB (Pss) of one of N idle sessions, then K
 *                                 times the us of one without mail beside them
 *     bench rcpt N COMMAND...     us of the first RCPT, and of each of 1,000
 *                                 more, from u00000000@example.org to number N
 *
 * COMMAND speaks SMTP on its standard input and output, or LMTP with
 * BENCH_HELLO=LHLO; `:PORT` is a server that listens already.  A rejection
 * ends the run with exit code 1. */
#include "bench.h"

static int
run_start(char *argv[])
{
	int n = atoi(argv[0]);
	struct server s;
	double begin;

	come_first();
	while (n-- > 0) {
		begin = now();
		server_start(&s, argv + 1);
		expect(&s, '2');
		printf("%.1f\n", now() - begin);
		server_stop(&s);
	}
	return 0;
}

static int
run_brief(char *argv[])
{
	int n = atoi(argv[0]);
	struct server s;
	double begin;

	come_first();
	while (n-- > 0) {
		begin = now();
		server_start(&s, argv + 1);
		greet(&s);
		send_all(s.to, "QUIT\r\n", 6);
		expect(&s, '2');
		close(s.to);
		waitpid(s.pid, NULL, 0);
		printf("%.1f\n", now() - begin);
		close(s.from);
	}
	return 0;
}

/* Beside another one, so that the program's text is shared, not private. */
static int
run_idle(char *argv[])
{
	struct server s, other;

	server_start(&other, argv);
	greet(&other);
	server_start(&s, argv);
	greet(&s);
	printf("%lu\n", server_memory(&s, "Private_"));
	server_stop(&s);
	server_stop(&other);
	return 0;
}

static int
run_session(char *argv[])
{
	struct text e = envelope(atoi(argv[2]));
	struct text m = message(atoi(argv[1]), e);
	struct server s;
	double begin;

	server_start(&s, argv + 3);
	greet(&s);
	begin = now();
	converse(&s, atoi(argv[0]), e, m);
	printf("%.1f ", now() - begin);
	printf("%.0f\n", server_stop(&s));
	return 0;
}

static int
run_whole(char *argv[])
{
	struct text e = envelope(atoi(argv[2]));
	struct text m = message(atoi(argv[1]), e);
	int i, n = atoi(argv[0]);
	struct server s;
	double begin;
	pid_t writer;

	server_start(&s, argv + 3);
	expect(&s, '2');
	begin = now();
	writer = fork();
	if (writer == 0) {
		say_hello(&s);
		send_all(s.to, m.s + m.n, e.n + 6);
		for (i = 1; i <= n; i++)
			send_all(s.to, m.s, m.n + (i < n ? e.n + 6 : 0));
		_exit(0);
	}
	expect(&s, '2');
	for (i = 0; i < n; i++)
		expect_message(&s, e.lines);
	printf("%.1f ", now() - begin);
	waitpid(writer, NULL, 0);
	printf("%.0f\n", server_stop(&s));
	return 0;
}

/* A number that jumps around in the range 0 to N - 1. */
static unsigned
wander(unsigned i, unsigned n)
{
	return (unsigned)((i * 2654435761ULL + 7) % n);
}

/* In transactions of 100, below the limit of recipients. */
static int
run_rcpt(char *argv[])
{
	unsigned i, j, n = (unsigned)atoi(argv[0]), rounds = 10;
	char line[256], *group = malloc(100 * sizeof(line));
	double begin, first = 0, all = 0;
	struct server s;
	size_t filled;

	server_start(&s, argv + 1);
	greet(&s);
	for (i = 0; i <= rounds; i++) {
		send_all(s.to, "MAIL FROM:<ann@example.net>\r\n", 29);
		expect(&s, '2');
		filled = 0;
		for (j = 0; j < (i == 0 ? 1 : 100); j++) {
			filled += (size_t)sprintf(group + filled,
			    "RCPT TO:<u%08u@example.org>\r\n",
			    wander(i * 100 + j, n));
		}
		begin = now();
		send_all(s.to, group, filled);
		for (j = 0; j < (i == 0 ? 1 : 100); j++)
			expect(&s, '2');
		if (i == 0)
			first = now() - begin;
		else
			all += now() - begin;
		send_all(s.to, "RSET\r\n", 6);
		expect(&s, '2');
	}
	printf("%.2f %.3f\n", first, all / (rounds * 100));
	server_stop(&s);
	return 0;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int least;
		int (*run)(char *argv[]);
	} modes[] = {
		{ "start", 4, run_start },
		{ "brief", 4, run_brief },
		{ "idle", 3, run_idle },
		{ "session", 6, run_session },
		{ "whole", 6, run_whole },
		{ "parallel", 5, run_parallel },
		{ "beside", 5, run_beside },
		{ "rcpt", 4, run_rcpt },
	};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (argc >= modes[i].least &&
		    strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(argv + 2);
	fputs("see the head of bench.c\n", stderr);
	return 2;
}
