/* The lines of the client.  See bench.h. */
#include "bench.h"

void
say_hello(struct server *s)
{
	const char *verb = getenv("BENCH_HELLO");
	char line[64];

	send_all(s->to, line,
	    (size_t)snprintf(line, sizeof(line), "%s client.example.net\r\n",
	        verb ? verb : "EHLO"));
}

void
greet(struct server *s)
{
	expect(s, '2');
	say_hello(s);
	expect(s, '2');
}

struct text
message(int n, struct text e)
{
	static const char head[] = "Subject: a message\r\n\r\n";
	struct text m = { malloc((size_t)n + 200 + e.n), sizeof(head) - 1, 1 };

	memcpy(m.s, head, m.n);
	while (m.n < (size_t)n) {
		memset(m.s + m.n, 'x', 70);
		memcpy(m.s + m.n + 70, "\r\n", 2);
		m.n += 72;
	}
	memcpy(m.s + m.n, ".\r\n", 3);
	m.n += 3;
	memcpy(m.s + m.n, e.s, e.n);
	memcpy(m.s + m.n + e.n, "DATA\r\n", 6);
	return m;
}

struct text
envelope(int recipients)
{
	struct text e = { malloc(64 + 64 * (size_t)recipients), 0, 1 };

	e.n = (size_t)sprintf(e.s, "MAIL FROM:<ann@example.net>\r\n");
	for (; (int)e.lines <= recipients; e.lines++)
		e.n += (size_t)sprintf(e.s + e.n,
		    "RCPT TO:<r%03u@example.org>\r\n", e.lines - 1);
	return e;
}

static void
expect_envelope(struct server *s, unsigned lines)
{
	while (lines-- > 0)
		expect(s, '2');
	expect(s, '3');
}

/* LMTP has a reply for each recipient (RFC 2033 4.2). */
static void
expect_stored(struct server *s, unsigned lines)
{
	unsigned n = getenv("BENCH_HELLO") ? lines - 1 : 1;

	while (n-- > 0)
		expect(s, '2');
}

void
expect_message(struct server *s, unsigned lines)
{
	expect_envelope(s, lines);
	expect_stored(s, lines);
}

static void
say_in_steps(struct server *s, struct text e)
{
	char *line = e.s, *lf;

	for (; line < e.s + e.n; line = lf + 1) {
		lf = strchr(line, '\n');
		send_all(s->to, line, (size_t)(lf + 1 - line));
		expect(s, '2');
	}
	send_all(s->to, "DATA\r\n", 6);
	expect(s, '3');
}

/* A message and the envelope of the next are one write. */
void
converse(struct server *s, int n, struct text e, struct text m)
{
	size_t more = s->pipelining ? e.n + 6 : 0;

	send_all(s->to, m.s + m.n, more);
	while (n-- > 0) {
		if (s->pipelining)
			expect_envelope(s, e.lines);
		else
			say_in_steps(s, e);
		send_all(s->to, m.s, m.n + (n > 0 ? more : 0));
		expect_stored(s, e.lines);
	}
}
