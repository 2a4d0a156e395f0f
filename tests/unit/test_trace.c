/* trace: the lines before a message (RFC 5321 4.4), their dates, and the
 * counted hops, for any pieces of the message. */
#include "smtp/trace.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"

enum { ROOM = TRACE_MAX };

#define L(text) LITERAL(text)

/* All but the client, the peer and the recipient, which vary. */
static struct trace
some_trace(void)
{
	return (struct trace){
		.sender = L("a@b"),
		.client = L("c.example"),
		.peer = L("192.0.2.1"),
		.host = L("mx.example"),
		.protocol = "ESMTP",
		.id = "ID",
		.time = 1795435200,
	};
}

static struct span
written(const struct guard *g, const struct trace *t)
{
	struct text out = text_in(guarded_room(g, ROOM), ROOM);

	trace_write(&out, t);
	return text_span_of(&out);
}

static void
whole_traces(struct unit *u, const struct guard *g)
{
	static const struct span rcpt = L("\"r r\"@s"), nothing = L("");
	static const struct span same[] = { L("d@e"), L("f@g") };
	struct trace t = some_trace();

	EXPECT_SPAN(u, span_of("without a recipient"), written(g, &t),
	    span_of("Return-Path: <a@b>\n"
	            "Received: from c.example ([192.0.2.1])\n"
	            "\tby mx.example with ESMTP id ID; "
	            "Mon, 23 Nov 2026 12:00:00 +0000\n"));
	t.rcpt = rcpt;
	t.protocol = "SMTP";
	EXPECT_SPAN(u, span_of("with one"), written(g, &t),
	    span_of("Return-Path: <a@b>\n"
	            "Delivered-To: \"r r\"@s\n"
	            "Received: from c.example ([192.0.2.1])\n"
	            "\tby mx.example with SMTP id ID\n"
	            "\tfor <\"r r\"@s>; "
	            "Mon, 23 Nov 2026 12:00:00 +0000\n"));
	t = some_trace();
	t.same = same;
	t.same_n = 2;
	EXPECT_SPAN(u, span_of("with two of one Maildir"), written(g, &t),
	    span_of("Return-Path: <a@b>\n"
	            "Delivered-To: d@e\n"
	            "Delivered-To: f@g\n"
	            "Received: from c.example ([192.0.2.1])\n"
	            "\tby mx.example with ESMTP id ID; "
	            "Mon, 23 Nov 2026 12:00:00 +0000\n"));
	t = some_trace();
	t.sender = t.client = nothing;
	t.peer = span_of("unknown");
	t.time = 0;
	EXPECT_SPAN(u, span_of("with nothing known"), written(g, &t),
	    span_of("Return-Path: <>\n"
	            "Received: from unknown ([unknown])\n"
	            "\tby mx.example with ESMTP id ID; "
	            "Thu, 1 Jan 1970 00:00:00 +0000\n"));
	t.name = span_of("h.example");
	t.peer = span_of("192.0.2.1");
	EXPECT_SPAN(u, span_of("with a name"), written(g, &t),
	    span_of("Return-Path: <>\n"
	            "Received: from unknown (h.example [192.0.2.1])\n"
	            "\tby mx.example with ESMTP id ID; "
	            "Thu, 1 Jan 1970 00:00:00 +0000\n"));
	t.name = nothing;
	t.peer = span_of("2001:db8::1");
	EXPECT_SPAN(u, span_of("with IPv6"), written(g, &t),
	    span_of("Return-Path: <>\n"
	            "Received: from unknown ([IPv6:2001:db8::1])\n"
	            "\tby mx.example with ESMTP id ID; "
	            "Thu, 1 Jan 1970 00:00:00 +0000\n"));
}

/* The client's name, up to the blank after it. */
static struct span
client_in(struct span trace)
{
	while (trace.n > 0 && !span_take_word(&trace, "from "))
		span_take_n(&trace, 1);
	return span_take_until(&trace, ' ');
}

static void
clients(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span name, want;
	} table[] = {
		{ L("aZ09.-_:[]"), L("aZ09.-_:[]") },
		{ L("a b\tc"), L("a?b?c") },
		{ L("a(b)\\\"<>;,@/"), L("a?b?????????") },
		{ L("\0"), L("?") },
		{ L("a\0\x7f\r\n"), L("a????") },
		{ L("\xc3\xa9\xff"), L("???") },
	};
	struct guard second = guard_open(ROOM);
	struct trace t = some_trace();
	char name[TRACE_NAME_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		t.client = guarded(&second, table[i].name);
		EXPECT_SPAN(u, table[i].name, client_in(written(g, &t)),
		    table[i].want);
	}
	memset(name, 'n', sizeof(name));
	t.client = (struct span){ name, sizeof(name) };
	EXPECT_NUMBER(u, span_of("a name of 256 octets"),
	    client_in(written(g, &t)).n, TRACE_NAME_MAX);
}

/* The longest values fit; and a buffer that is too small is not exceeded. */
static void
long_traces(struct unit *u, const struct guard *g)
{
	static char longest[1024];
	struct trace t = some_trace();
	struct text out;
	unsigned wrong = 0;
	size_t max;

	memset(longest, 'x', sizeof(longest));
	t.sender = t.rcpt = (struct span){ longest, sizeof(longest) };
	t.client = t.host = (struct span){ longest, TRACE_NAME_MAX };
	t.peer = span_of("0000:0000:0000:0000:0000:ffff:192.168.100.200");
	out = text_in(guarded_room(g, ROOM), ROOM);
	trace_write(&out, &t);
	EXPECT_TRUE(u, span_of("the longest trace"), !out.full);

	t = some_trace();
	for (max = 0; max < 100; max++) {
		out = text_in(guarded_room(g, max), max);
		trace_write(&out, &t);
		wrong += !out.full || out.n > max;
	}
	EXPECT_NUMBER(u, span_of("too little room"), wrong, 0);
}

/* The date is the text after the last `; `, without the LF. */
static struct span
date_in(struct span trace)
{
	while (trace.n > 0 && !span_take_word(&trace, "; "))
		span_take_n(&trace, 1);
	return span_take_until(&trace, '\n');
}

static void
dates(struct unit *u, const struct guard *g)
{
	static const struct {
		int64_t time;
		const char *want;
	} table[] = {
		{ 0, "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ 59, "Thu, 1 Jan 1970 00:00:59 +0000" },
		{ 86399, "Thu, 1 Jan 1970 23:59:59 +0000" },
		{ 86400, "Fri, 2 Jan 1970 00:00:00 +0000" },
		{ 68169600, "Tue, 29 Feb 1972 00:00:00 +0000" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 951868800, "Wed, 1 Mar 2000 00:00:00 +0000" },
		{ 978307199, "Sun, 31 Dec 2000 23:59:59 +0000" },
		{ 1709208000, "Thu, 29 Feb 2024 12:00:00 +0000" },
		{ 2147483647, "Tue, 19 Jan 2038 03:14:07 +0000" },
		{ 2147483648, "Tue, 19 Jan 2038 03:14:08 +0000" },
		{ 4107542399, "Sun, 28 Feb 2100 23:59:59 +0000" },
		{ 4107542400, "Mon, 1 Mar 2100 00:00:00 +0000" },
		{ 4294967296, "Sun, 7 Feb 2106 06:28:16 +0000" },
		{ 13574563200, "Tue, 29 Feb 2400 00:00:00 +0000" },
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 +0000" },
	};
	struct trace t = some_trace();
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		t.time = table[i].time;
		EXPECT_SPAN(u, span_of(table[i].want), date_in(written(g, &t)),
		    span_of(table[i].want));
	}
}

/* Each day of six hundred years, compared with the C library. */
static void
every_day(struct unit *u, const struct guard *g)
{
	struct trace t = some_trace();
	unsigned day, wrong = 0;
	char want[64];
	struct tm tm;
	time_t time;
	size_t n;

	for (day = 0; day < 600 * 366; day++) {
		t.time = (int64_t)day * 86400 + day % 86400;
		time = (time_t)t.time;
		n = strftime(want, sizeof(want), "%a, %e %b %Y %H:%M:%S +0000",
		    gmtime_r(&time, &tm));
		if (want[5] == ' ') /* %e pads with a blank */
			memmove(want + 5, want + 6, n-- - 6);
		wrong += !octets_same(date_in(written(g, &t)),
		    (struct span){ want, n });
	}
	EXPECT_NUMBER(u, span_of("every day until 2570"), wrong, 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	whole_traces(&u, &g);
	clients(&u, &g);
	long_traces(&u, &g);
	dates(&u, &g);
	every_day(&u, &g);
	return unit_end(&u);
}
