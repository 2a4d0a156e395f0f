/* request: the session sends a whole request and takes a whole answer, and does
 * not wait for a monitor that has ended or does not answer. */
#include "monitor/request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "unit.h"

enum {
	PATIENCE = 30000, /* ms of request_send(), on top of the request's */
	SHORT = 200,
	LONG = 10000, /* it must not take as long */
};

/* Both ends of both pipes; -1: closed. */
struct line {
	struct requests session;
	int from, to; /* of the monitor */
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
start(struct line *l)
{
	l->session = (struct requests){ .exchange = -1 };
	must(process_pipe(&l->from, &l->session.to) == 0);
	must(process_pipe(&l->session.from, &l->to) == 0);
}

static void
hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
finish(struct line *l)
{
	hang_up(&l->from);
	hang_up(&l->to);
	hang_up(&l->session.from);
	hang_up(&l->session.to);
}

static struct request
request_of(enum request_kind kind)
{
	struct request q;

	memset(&q, 'q', sizeof(q));
	q.kind = kind;
	q.ms = 1000;
	return q;
}

static struct answer
any_answer(void)
{
	return (struct answer){ .error = -7, .status = 65, .words = "words" };
}

static void
say(const struct line *l, const void *octets, size_t n)
{
	must(write(l->to, octets, n) == (ssize_t)n);
}

/* The monitor's end of the pipe has Q and nothing else. */
static void
expect_request(struct unit *u, const struct line *l, const struct request *q)
{
	struct request got;
	size_t n = 0;
	ssize_t more = 1;

	while (n < sizeof(got) && more > 0) {
		more = read(l->from, (char *)&got + n, sizeof(got) - n);
		n += more > 0 ? (size_t)more : 0;
	}
	EXPECT_TRUE(u, span_of("the request"),
	    n == sizeof(got) && memcmp(&got, q, sizeof(got)) == 0);
	EXPECT_TRUE(u, span_of("and no more"),
	    os_wait_regardless(l->from, POLLIN, 0) == OS_TIMEOUT);
}

static void
expect_answer(struct unit *u, const struct answer *got,
    const struct answer *want)
{
	EXPECT_TRUE(u, span_of("error"), got->error == want->error);
	EXPECT_TRUE(u, span_of("status"), got->status == want->status);
	EXPECT_SPAN(u, span_of("words"), span_of(got->words),
	    span_of(want->words));
}

/* Each kind, with the answer that it has. */
static void
kinds(struct unit *u)
{
	static const struct {
		enum request_kind kind;
		bool has_answer;
	} table[] = { { REQUEST_PEER, false }, { REQUEST_RUN, true },
		{ REQUEST_CLEAR, true }, { REQUEST_TLS, false },
		{ REQUEST_FILTER, true }, { REQUEST_AUTH, true },
		{ REQUEST_POLICY, true } };
	struct answer want = any_answer(), got;
	struct request q;
	struct line l;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		start(&l);
		q = request_of(table[i].kind);
		if (table[i].has_answer)
			say(&l, &want, sizeof(want));
		memset(&got, 'x', sizeof(got));
		EXPECT_TRUE(u, span_of("sent"),
		    request_send(&l.session, &q, &got) == 0);
		expect_request(u, &l, &q);
		if (table[i].has_answer)
			expect_answer(u, &got, &want);
		finish(&l);
	}
}

/* An answer that comes in pieces of N octets, from another process. */
static void
torn_answer(struct unit *u, size_t n, bool whole)
{
	struct answer want = any_answer(), got = { 0 };
	struct request q = request_of(REQUEST_RUN);
	const char *octets = (const char *)&want;
	size_t all = whole ? sizeof(want) : sizeof(want) - 1, at, part;
	struct line l;
	pid_t pid;
	int result;

	start(&l);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		for (at = 0; at < all; at += part) {
			part = all - at < n ? all - at : n;
			say(&l, octets + at, part);
			if (at % 64 == 0)
				poll(NULL, 0, 1);
		}
		_exit(0);
	}
	hang_up(&l.to);
	result = request_send(&l.session, &q, &got);
	if (whole)
		expect_answer(u, &got, &want);
	EXPECT_TRUE(u, span_of(whole ? "whole" : "an octet is missing"),
	    whole ? result == 0 : result < 0 && errno == EPIPE);
	must(waitpid(pid, NULL, 0) == pid);
	finish(&l);
}

/* Words without an end get one; a signal to end does not end the wait. */
static void
odd_answers(struct unit *u)
{
	struct request q = request_of(REQUEST_RUN);
	struct answer a, got;
	struct line l;

	start(&l);
	memset(&a, 'w', sizeof(a));
	say(&l, &a, sizeof(a));
	raise(SIGTERM);
	EXPECT_TRUE(u, span_of("SIGTERM"),
	    request_send(&l.session, &q, &got) == 0);
	EXPECT_NUMBER(u, span_of("words without an end"), strlen(got.words),
	    ACTION_WORDS_MAX);
	os_pause(NULL, 0, 0);
	EXPECT_TRUE(u, span_of("it came"), os_take_sigterm());
	finish(&l);
}

/* Sends Q and checks that it fails with ERROR, soon, and that no other request
 * is sent after it. */
static void
expect_failure(struct unit *u, const char *name, struct line *l,
    const struct request *q, int error)
{
	const struct request next = request_of(REQUEST_PEER);
	int64_t start = os_monotonic_ms();
	struct answer got;

	errno = 0;
	EXPECT_TRUE(u, span_of(name), request_send(&l->session, q, &got) < 0);
	EXPECT_NUMBER(u, span_of(name), (unsigned)errno, (unsigned)error);
	EXPECT_TRUE(u, span_of("soon"), os_monotonic_ms() < start + LONG);
	EXPECT_TRUE(u, span_of("the next fails, too"),
	    request_send(&l->session, &next, &got) < 0 && errno == EPIPE);
	l->session.failed = false; /* for the next test */
}

static void
ends(struct unit *u)
{
	struct request q = request_of(REQUEST_RUN);
	struct line l;

	start(&l);
	hang_up(&l.from);
	hang_up(&l.to);
	expect_failure(u, "the monitor has ended", &l, &q, EPIPE);
	q.kind = REQUEST_TLS;
	expect_failure(u, "without an answer, too", &l, &q, EPIPE);
	finish(&l);
	start(&l);
	hang_up(&l.to);
	q.kind = REQUEST_CLEAR;
	expect_failure(u, "it ends before the answer", &l, &q, EPIPE);
	finish(&l);
	start(&l);
	say(&l, &q, sizeof(struct answer) / 2);
	hang_up(&l.to);
	expect_failure(u, "it ends in the answer", &l, &q, EPIPE);
	finish(&l);
}

/* The time limit of the request, with the patience, is SHORT: a negative one is
 * less than nothing. */
static struct request
impatient(enum request_kind kind)
{
	struct request q = request_of(kind);

	q.ms = (uint64_t)(int64_t)(SHORT - PATIENCE);
	return q;
}

/* Nobody answers, nobody reads. */
static void
silence(struct unit *u)
{
	struct request q = impatient(REQUEST_RUN);
	int64_t begin = os_monotonic_ms();
	char octets[4096] = "";
	struct answer half = any_answer();
	struct line l;

	start(&l);
	expect_failure(u, "no answer", &l, &q, ETIMEDOUT);
	EXPECT_TRUE(u, span_of("it was waited for"),
	    os_monotonic_ms() >= begin + SHORT);
	say(&l, &half, sizeof(half) - 1);
	expect_failure(u, "half an answer", &l, &q, ETIMEDOUT);
	must(fcntl(l.session.to, F_SETFL, O_NONBLOCK) == 0);
	while (write(l.session.to, octets, sizeof(octets)) > 0)
		;
	must(fcntl(l.session.to, F_SETFL, 0) == 0);
	expect_failure(u, "no room for the request", &l, &q, ETIMEDOUT);
	must(read(l.from, octets, sizeof(octets)) == sizeof(octets));
	q = impatient(REQUEST_TLS);
	expect_failure(u, "room for a part of it", &l, &q, ETIMEDOUT);
	finish(&l);
}

static void
texts(struct unit *u)
{
	char buffer[4] = "zzz";

	request_text(buffer, sizeof(buffer), span_of("abcd"));
	EXPECT_SPAN(u, span_of("cut"), span_of(buffer), span_of("abc"));
	request_text(buffer, sizeof(buffer), span_of("ab"));
	EXPECT_SPAN(u, span_of("whole"), span_of(buffer), span_of("ab"));
	request_text(buffer, sizeof(buffer), (struct span){ NULL, 0 });
	EXPECT_SPAN(u, span_of("nothing"), span_of(buffer), span_of(""));
	request_text(buffer, 1, span_of("ab"));
	EXPECT_SPAN(u, span_of("no room"), span_of(buffer), span_of(""));
}

static void
wrong_answers(struct unit *u)
{
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };
	struct answer a = any_answer(), b = { 0 };
	struct request q = request_of(REQUEST_CLEAR), other = q;
	struct line l;

	expect_answer(&inner, &a, &b);
	EXPECT_NUMBER(u, span_of("three differ"), inner.failures, 3);
	start(&l);
	say(&l, &a, sizeof(a));
	expect_failure(&inner, "no failure", &l, &q, EPIPE);
	EXPECT_NUMBER(u, span_of("two differ"), inner.failures, 5);
	must(read(l.from, &q, sizeof(q)) == sizeof(q)); /* the next */
	other.domain[7] ^= 1;
	expect_request(&inner, &l, &other);
	EXPECT_NUMBER(u, span_of("an octet differs"), inner.failures, 6);
	finish(&l);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };

	must(os_start(true, false) == 0);
	kinds(&u);
	torn_answer(&u, 1, true);
	torn_answer(&u, 100, true);
	torn_answer(&u, 1, false);
	odd_answers(&u);
	ends(&u);
	silence(&u);
	texts(&u);
	wrong_answers(&u);
	return unit_end(&u);
}
