/* bench - a server to be measured, and what a client sends to it
 *
 * All functions end the program on failure. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	pid_t pid; /* 0: not started here */
	int to, from;
	bool pipelining; /* it offers PIPELINING */
	size_t start, end;
	char buffer[4096];
};

struct text {
	char *s;
	size_t n;
	unsigned lines;
};

void give_up(const char *why);
double now(void); /* us */

/* If permitted, gives this process and its children a real-time priority. */
void come_first(void);
void send_all(int fd, const char *s, size_t n);

/* The port of a COMMAND `:PORT`, a server that listens already; 0 otherwise. */
unsigned short port_of(const char *command);

/* COMMAND runs with pipes as descriptors 0 and 1, its log goes to /dev/null. */
void server_start(struct server *s, char *command[]);
void server_connect(struct server *s, unsigned short port);

/* Sends QUIT, then kills the server if it does not exit.  Returns the us of CPU
 * that it used. */
double server_stop(struct server *s);

/* KiB: the sum of the lines in its smaps_rollup that begin with NAME. */
unsigned long server_memory(const struct server *s, const char *name);
int listen_at(unsigned short *ret_port);

/* Waits for a reply, which must start with the digit WANT. */
void expect(struct server *s, char want);
void say_hello(struct server *s);
void greet(struct server *s);

/* MAIL and RCPT for r000@example.org and so on, without DATA; and N octets or
 * more with the dot, followed by the envelope and DATA. */
struct text envelope(int recipients);
struct text message(int n, struct text envelope);

/* The replies to the envelope, to DATA and to the dot. */
void expect_message(struct server *s, unsigned lines);
void converse(struct server *s, int n, struct text envelope,
    struct text message);

/* The commands `parallel` and `beside` of bench.c. */
int run_parallel(char *argv[]);
int run_beside(char *argv[]);

#endif
