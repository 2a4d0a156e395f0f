/* A server to be measured.  See bench.h. */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

extern char **environ;

void
give_up(const char *why)
{
	fprintf(stderr, "%s%s%s\n", why, errno ? ": " : "",
	    errno ? strerror(errno) : "");
	exit(1);
}

double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void
come_first(void)
{
	struct sched_param least = { .sched_priority = 1 };

	syscall(SYS_sched_setscheduler, 0, SCHED_RR, &least);
}

void
send_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	for (; n > 0; s += done, n -= (size_t)done) {
		done = write(fd, s, n);
		if (done < 0)
			give_up("the server takes no more");
	}
}

/* Not fork(), whose cost depends on the size of this process. */
void
server_start(struct server *s, char *command[])
{
	posix_spawn_file_actions_t actions;
	int to[2], from[2], error;

	if (port_of(command[0]) > 0) {
		server_connect(s, port_of(command[0]));
		return;
	}
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		give_up("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	*s = (struct server){ .to = to[1], .from = from[0] };
	error =
	    posix_spawn(&s->pid, command[0], &actions, NULL, command, environ);
	errno = error;
	if (error)
		give_up(command[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
}

unsigned short
port_of(const char *command)
{
	return command[0] == ':' ? (unsigned short)atoi(command + 1) : 0;
}

static int
tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		give_up("socket");
	return fd;
}

static struct sockaddr_in
at_port(unsigned short port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port) };
}

void
server_connect(struct server *s, unsigned short port)
{
	struct sockaddr_in a = at_port(port);
	int fd = tcp_socket(), on = 1;

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		give_up("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s->pid = 0;
	s->to = s->from = fd;
	s->pipelining = false;
	s->start = s->end = 0;
}

int
listen_at(unsigned short *ret_port)
{
	struct sockaddr_in a = at_port(0);
	socklen_t n = sizeof(a);
	int fd = tcp_socket();

	if (bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		give_up("listen");
	*ret_port = ntohs(a.sin_port);
	return fd;
}

double
server_stop(struct server *s)
{
	struct rusage used;
	int i, done = 0;

	if (write(s->to, "QUIT\r\n", 6) < 0)
		errno = 0; /* it has exited already */
	close(s->to);
	if (s->pid == 0)
		return 0;
	for (i = 0; i < 2000 && done == 0; i++) {
		if (i >= 1000)
			usleep(1000);
		else
			sched_yield();
		done = wait4(s->pid, NULL, WNOHANG, &used);
	}
	if (done == 0) {
		kill(s->pid, SIGKILL);
		wait4(s->pid, NULL, 0, &used);
	}
	close(s->from);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
	    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* A line of a reply, which ends with LF. */
static const char *
hear_line(struct server *s)
{
	const char *line, *lf;
	ssize_t got;

	for (;;) {
		line = s->buffer + s->start;
		lf = memchr(line, '\n', s->end - s->start);
		if (lf)
			break;
		memmove(s->buffer, line, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
		errno = 0;
		got = read(s->from, s->buffer + s->end,
		    sizeof(s->buffer) - s->end);
		if (got <= 0)
			give_up("the server says no more");
		s->end += (size_t)got;
	}
	s->start = (size_t)(lf - s->buffer) + 1;
	return line;
}

void
expect(struct server *s, char want)
{
	const char *line;

	do {
		line = hear_line(s);
		if (memcmp(line + 4, "PIPELINING", 10) == 0)
			s->pipelining = true;
		if (line[0] != want) {
			errno = 0;
			s->buffer[s->start - 1] = '\0';
			give_up(line);
		}
	} while (line[3] == '-');
}

unsigned long
server_memory(const struct server *s, const char *name)
{
	unsigned long kib, sum = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)s->pid);
	file = fopen(path, "r");
	if (!file)
		give_up(path);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0 &&
		    sscanf(strchr(line, ':'), ": %lu", &kib) == 1)
			sum += kib;
	fclose(file);
	return sum;
}
