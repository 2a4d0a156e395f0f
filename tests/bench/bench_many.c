/* Parallel sessions.  See bench.c. */
#include "bench.h"

#include <sys/resource.h>
#include <sys/socket.h>

/* One of the K clients: N sessions, each on its own connection. */
static void
be_client(int n, unsigned short port)
{
	struct text e = envelope(1), m = message(1024, e);
	struct server s;

	while (n-- > 0) {
		server_connect(&s, port);
		greet(&s);
		converse(&s, 1, e, m);
		send_all(s.to, "QUIT\r\n", 6);
		expect(&s, '2');
		close(s.to);
	}
	_exit(0);
}

static void
run_all_clients(int n, int k, unsigned short port)
{
	double begin = now();
	int i, status, failed = 0;

	for (i = 0; i < k; i++)
		if (fork() == 0)
			be_client(n / k, port);
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		exit(1);
	printf("%.1f\n", now() - begin);
	fflush(stdout);
}

/* Accepts connections until the process CLIENTS has ended. */
static int
accept_all(int listener, pid_t clients, char *command[])
{
	int c, status, log = open("/dev/null", O_WRONLY);
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == clients)
				return status != 0;
		c = accept(listener, NULL, NULL);
		if (c < 0)
			continue; /* SIGCHLD, mostly */
		if (vfork() == 0) {
			dup2(c, 0);
			dup2(c, 1);
			dup2(log, 2);
			execv(command[0], command);
			_exit(111);
		}
		close(c);
	}
}

static void
on_child(int sig)
{
	(void)sig; /* its only purpose is to interrupt accept() */
}

int
run_parallel(char *argv[])
{
	int n = atoi(argv[0]), k = atoi(argv[1]);
	struct sigaction act = { .sa_handler = on_child };
	unsigned short port = port_of(argv[2]);
	pid_t clients;
	int listener;

	if (port > 0) {
		run_all_clients(n, k, port);
		return 0;
	}
	listener = listen_at(&port);

	clients = fork();
	if (clients == 0) {
		close(listener);
		run_all_clients(n, k, port);
		_exit(0);
	}
	sigaction(SIGCHLD, &act, NULL);
	fcntl(listener, F_SETFD, FD_CLOEXEC);
	return accept_all(listener, clients, argv + 2);
}

/* Sets the limit of descriptors to N plus a few others. */
static void
need_descriptors(rlim_t n)
{
	struct rlimit most;

	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = n + 64;
	if (most.rlim_max < most.rlim_cur)
		most.rlim_max = most.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &most) < 0)
		give_up("too few descriptors");
}

/* Holds N idle sessions, with a descriptor for each, from an octet on READY
 * until one on DONE. */
static void
hold(int n, int ready, int done, char *command[])
{
	struct server *idle = calloc((size_t)n, sizeof(*idle));
	char word = '.';
	int i;

	need_descriptors((rlim_t)n);
	for (i = 0; i < n; i++) {
		server_start(&idle[i], command);
		greet(&idle[i]);
		close(idle[i].from);
		idle[i].from = -1;
	}
	printf("%lu\n", n > 0 ? server_memory(&idle[n - 1], "Pss:") : 0);
	fflush(stdout);
	if (write(ready, &word, 1) == 1 && read(done, &word, 1) == 1)
		for (i = 0; i < n; i++)
			server_stop(&idle[i]);
	_exit(0);
}

/* A separate process holds the sessions: otherwise each fork would copy and
 * close their descriptors. */
int
run_beside(char *argv[])
{
	int n = atoi(argv[0]), k = atoi(argv[1]), ready[2], done[2];
	double begin;
	struct server s;
	char word = '.';

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0)
		give_up("pipe");
	if (fork() == 0)
		hold(n, ready[1], done[0], argv + 2);
	close(ready[1]);
	if (read(ready[0], &word, 1) != 1)
		give_up("not so many at a time");
	come_first();
	while (k-- > 0) {
		begin = now();
		server_start(&s, argv + 2);
		greet(&s);
		server_stop(&s);
		printf("%.1f\n", now() - begin);
	}
	if (write(done[1], &word, 1) == 1)
		wait(NULL);
	return 0;
}
