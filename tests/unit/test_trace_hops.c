/* trace: the Received lines of a header are counted, those of the body are not,
 * for any pieces of the message. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "smtp/trace.h"
#include "unit.h"

enum { ROOM = 4096 };

#define L(text) LITERAL(text)

static const struct {
	struct span message;
	unsigned hops;
} table[] = {
	{ L(""), 0 },
	{ L("\n"), 0 },
	{ L("Received:"), 1 },
	{ L("received: x\n"), 1 },
	{ L("RECEIVED:\nrEcEiVeD:\n"), 2 },
	{ L("Received:Received:\n"), 1 },
	{ L("Received"), 0 },
	{ L("Received\n:\n"), 0 },
	{ L("Receive\n\nReceived:\n"), 0 },
	{ L("Received x:\n"), 0 },
	{ L("Receivedx:\n"), 0 },
	{ L("xReceived:\n"), 0 },
	{ L(" Received:\n"), 0 },
	{ L("\tReceived:\n"), 0 },
	{ L("\rReceived:\n"), 0 },
	{ L("\0Received:\n"), 0 },
	{ L("Received\0:\n"), 0 },
	{ L("Rece\0ived:\n"), 0 },
	{ L("\xff\nReceived:\n"), 1 },
	{ L("\xd2"
	    "eceived:\n"),
	    0 },
	{ L("ReReceived:\n"), 0 },
	{ L("X-Received: a\nReceived-SPF: b\n"), 0 },
	{ L("\nReceived:\n"), 0 },
	{ L("a\n\nReceived:\n"), 0 },
	{ L("Received: a\n\nReceived: b\n"), 1 },
	{ L("Received: a\n\tb\nReceived: c\n\n\nReceived: d\n"), 2 },
	{ L("Received:\n \nReceived:\n\r\nReceived:\n\nReceived:\n"), 3 },
	{ L("Subject: a\n Received: b\nReceived: c\n"), 1 },
	{ L("Return-Path: <>\nReceived: a\n\tby b\nTo: c\n\nReceived:\n"), 1 },
};

/* The same counter, and one that forgets its column between two blocks. */
typedef void counter(struct trace_hops *h, struct span octets);

static void
forgetful_count(struct trace_hops *h, struct span octets)
{
	h->column = 0;
	trace_hops_count(h, octets);
}

/* The number of ways to cut MESSAGE in two that give another number than
 * HOPS. */
static unsigned
wrong_cuts(const struct guard *g, struct span message, unsigned hops,
    counter *count)
{
	struct trace_hops h;
	struct span front, back;
	unsigned wrong = 0;
	size_t at;

	for (at = 0; at <= message.n; at++) {
		back = message;
		front = span_take_n(&back, at);
		trace_hops_init(&h);
		count(&h, guarded(g, front));
		count(&h, guarded(g, back));
		wrong += h.count != hops;
	}
	return wrong;
}

static unsigned
count_by_octets(const struct guard *g, struct span message)
{
	struct trace_hops h;

	trace_hops_init(&h);
	while (message.n > 0)
		trace_hops_count(&h, guarded(g, span_take_n(&message, 1)));
	return h.count;
}

static void
messages(struct unit *u, const struct guard *g)
{
	struct trace_hops h;
	struct span message;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		message = table[i].message;
		trace_hops_init(&h);
		trace_hops_count(&h, guarded(g, message));
		EXPECT_NUMBER(u, message, h.count, table[i].hops);
		EXPECT_NUMBER(u, message, count_by_octets(g, message),
		    table[i].hops);
		EXPECT_NUMBER(u, message,
		    wrong_cuts(g, message, table[i].hops, trace_hops_count), 0);
	}
}

static void
many_hops(struct unit *u, const struct guard *g)
{
	char octets[ROOM];
	struct text t = text_in(octets, sizeof(octets));
	struct trace_hops h;
	unsigned i;

	for (i = 0; i < 101; i++)
		text_add(&t, "Received: from a\n\tby b\n");
	text_add(&t, "\nReceived:\n");
	trace_hops_init(&h);
	trace_hops_count(&h, guarded(g, text_span_of(&t)));
	EXPECT_NUMBER(u, span_of("a hundred and one"), h.count, 101);
	EXPECT_NUMBER(u, span_of("a hundred and one, cut anywhere"),
	    wrong_cuts(g, text_span_of(&t), 101, trace_hops_count), 0);
}

/* A difference is detected. */
static void
wrong_counter(struct unit *u, const struct guard *g)
{
	EXPECT_TRUE(u, span_of("a counter that forgets its column"),
	    wrong_cuts(g, span_of("Received:"), 1, forgetful_count) > 0);
	EXPECT_TRUE(u, span_of("a number that is wrong"),
	    wrong_cuts(g, span_of("Received:"), 2, trace_hops_count) > 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);

	messages(&u, &g);
	many_hops(&u, &g);
	wrong_counter(&u, &g);
	return unit_end(&u);
}
