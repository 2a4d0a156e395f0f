/* How a hijacked session abuses its monitor.  See hijacked.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hijacked.h"
#include "hijacked_forgeries.h"

enum {
	OVER = 100,   /* octets too many */
	FLOOD = 2000, /* requests */
	MANY = 3,     /* commands */
};

static void
send_octets(const struct hijack *h, const void *octets, size_t n)
{
	(void)!write(h->session->monitor.requests.to, octets, n);
}

static void
send_kind(const struct hijack *h, uint64_t kind)
{
	struct request q = { .kind = kind };

	if (kind == REQUEST_RUN)
		q = forgery_good(h);
	strcpy(q.address, "192.0.2.66");
	q.port = 66;
	send_octets(h, &q, sizeof(q));
}

static void
close_pipes(const struct hijack *h)
{
	close(h->session->monitor.requests.to);
	close(h->session->monitor.requests.from);
}

/* The monitor must have ended this process before. */
static void
must_not_return(struct hijack *h)
{
	struct answer a;
	ssize_t n = read(h->session->monitor.requests.from, &a, sizeof(a));

	hijack_report(h, n > 0 ? "an answer" : "the end of the pipe", 0, false);
	hijack_wait();
}

static void
half(struct hijack *h)
{
	const struct request q = { .kind = REQUEST_CLEAR };

	send_octets(h, &q, sizeof(q) / 2);
}

static void
half_and_wait(struct hijack *h)
{
	half(h);
	hijack_wait();
}

static void
send_too_much(struct hijack *h)
{
	char octets[sizeof(struct request) + OVER] = { REQUEST_CLEAR };

	send_octets(h, octets, sizeof(octets));
	must_not_return(h);
}

static void
flood(struct hijack *h)
{
	int i;

	for (i = 0; i < FLOOD; i++)
		send_kind(h, REQUEST_CLEAR);
	must_not_return(h);
}

static void
one_kind(struct hijack *h)
{
	send_kind(h, h->number);
	must_not_return(h);
}

static void
peer_and_peer(struct hijack *h)
{
	send_kind(h, REQUEST_PEER);
	one_kind(h);
}

static void
tls_and_more(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
	one_kind(h);
}

static void
tls_and_half(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
	half(h);
}

static void
tls_and_wait(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
	hijack_wait();
}

static void
tls_and_close(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
	close_pipes(h);
	hijack_wait();
}

/* Not by this process itself: only exit() is left to it. */
static void
crash(struct hijack *h)
{
	volatile char *nowhere = (char *)(uintptr_t)h->number;

	*nowhere = 1;
}

static void
tls_and_crash(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
	crash(h);
}

static void
tls(struct hijack *h)
{
	send_kind(h, REQUEST_TLS);
}

static void
peer_and_tls(struct hijack *h)
{
	send_kind(h, REQUEST_PEER);
	send_kind(h, REQUEST_TLS);
}

static void
close_and_wait(struct hijack *h)
{
	close_pipes(h);
	hijack_wait();
}

static void
nothing(struct hijack *h)
{
	(void)h;
}

/* A string of the request number N of them is bad: without an end, or with the
 * octet of the number over them. */
static void
bad_text(struct hijack *h)
{
	struct request q = forgery_good(h);
	size_t n;
	char *text = forgery_text(&q, (size_t)(h->number % 256), &n);

	if (h->number < 256)
		memset(text, 'x', n);
	else
		snprintf(text, n, "a%cb", (char)(h->number / 256));
	send_octets(h, &q, sizeof(q));
	must_not_return(h);
}

/* With --proxy: the only session that may go on. */
static void
peer_and_run(struct hijack *h)
{
	send_kind(h, REQUEST_PEER);
	forgery_run(h);
}

static void
run_often(struct hijack *h)
{
	int i;

	for (i = 0; i < MANY; i++)
		forgery_run(h);
}

/* The answer is not read. */
static void
run_and_go(struct hijack *h)
{
	send_kind(h, REQUEST_RUN);
}

static const struct abuse {
	const char *name;
	void (*play)(struct hijack *h);
} abuses[] = {
	{ "half", half },
	{ "half and wait", half_and_wait },
	{ "too much", send_too_much },
	{ "flood", flood },
	{ "kind", one_kind },
	{ "peer and kind", peer_and_peer },
	{ "tls and kind", tls_and_more },
	{ "tls and half", tls_and_half },
	{ "tls and wait", tls_and_wait },
	{ "tls and close", tls_and_close },
	{ "tls and crash", tls_and_crash },
	{ "tls", tls },
	{ "peer and tls", peer_and_tls },
	{ "close and wait", close_and_wait },
	{ "crash", crash },
	{ "exit", nothing },
	{ "bad text", bad_text },
	{ "forgeries", forgery_try_all },
	{ "times", forgery_try_times },
	{ "peer and run", peer_and_run },
	{ "run often", run_often },
	{ "run and go", run_and_go },
};

/* The number is the exit code, except of those that end before. */
int
hijack_monitor(struct hijack *h, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(abuses) / sizeof(*abuses); i++)
		if (strcmp(abuses[i].name, name) == 0) {
			abuses[i].play(h);
			return (int)h->number;
		}
	return 99;
}
