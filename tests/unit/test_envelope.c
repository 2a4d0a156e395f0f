/* envelope: each Maildir and command once, for any number of recipients; an
 * aborted recipient leaves nothing; the limit is a thousand of each. */
#include "store/envelope.h"

#include <string.h>
#include <unistd.h>

#include "envelope_same.h"
#include "unit.h"

enum {
	BOXES = 6,
	COMMANDS = 3,
	STEPS = 2000,

};

static const struct file_id any_id = { 1, 2 };

/* An envelope and an earlier copy of it. */
struct bench {
	struct envelope now, before;
};

static bool
add_command(struct envelope *e, const char *line, const char *local)
{
	const struct envelope_command c = { .line = line,
		.recipient = "@b",
		.address = local,
		.local = local,
		.extension = "x",
		.domain = "B" };

	return envelope_add_command(e, &c);
}

/* The envelope holds copies of its arguments. */
static void
copies(struct unit *u, struct envelope *e)
{
	char sender[] = "a@b", path[] = "c@d", box[] = "box", line[] = "/bin/x",
	     words[] = "450 4.0.0 x";

	envelope_start(e, span_of(sender));
	envelope_begin(e, span_of(path));
	EXPECT_TRUE(u, span_of("a Maildir"), envelope_add_box(e, box, &any_id));
	EXPECT_TRUE(u, span_of("a command"), add_command(e, line, "c"));
	EXPECT_TRUE(u, span_of("words"), envelope_set_refusal(e, words));
	envelope_commit(e);
	sender[0] = path[0] = box[0] = line[0] = words[0] = '?';
	EXPECT_SPAN(u, span_of("the sender"), e->sender, span_of("a@b"));
	EXPECT_SPAN(u, span_of("the path"), span_of(e->rcpt[0].path),
	    span_of("c@d"));
	EXPECT_SPAN(u, span_of("the Maildir"), span_of(e->box[0].name),
	    span_of("box"));
	EXPECT_SPAN(u, span_of("the command"), span_of(e->command[0].line),
	    span_of("/bin/x"));
	EXPECT_SPAN(u, span_of("the words"), span_of(e->rcpt[0].refusal),
	    span_of("450 4.0.0 x"));
	EXPECT_TRUE(u, span_of("the uses"),
	    e->rcpt[0].first == 0 && e->rcpt[0].n == 2 && e->use[0] == 0 &&
	        e->use[1] == ~0);
}

/* Empty paths, the longest, and some with NUL; each recipient has its own, and
 * a new transaction has none. */
static void
paths(struct unit *u, struct envelope *e)
{
	char octets[PATH_MAX_OCTETS];
	struct span longest = { octets, sizeof(octets) };

	memset(octets, '\0', sizeof(octets));
	envelope_start(e, longest);
	EXPECT_SPAN(u, span_of("the longest sender"), e->sender, longest);
	memset(octets, 'x', sizeof(octets));
	envelope_begin(e, longest);
	envelope_commit(e);
	envelope_begin(e, span_of("aborted"));
	envelope_abort(e);
	envelope_begin(e, span_of(""));
	envelope_commit(e);
	EXPECT_SPAN(u, span_of("the longest path"), span_of(e->rcpt[0].path),
	    longest);
	EXPECT_SPAN(u, span_of("the second"), span_of(e->rcpt[1].path),
	    span_of(""));
	envelope_start(e, (struct span){ NULL, 0 });
	EXPECT_NUMBER(u, span_of("no sender"), e->sender.n, 0);
	EXPECT_TRUE(u, span_of("a new one is empty"),
	    e->refused + e->rcpts + e->uses + e->boxes + e->commands +
	            e->used ==
	        0);
}

/* The words of a command, and its environment. */
#define COMMAND(words, r, l, e, d)                                             \
	{                                                                      \
		.line = words, .recipient = r, .address = "a", .local = l,     \
		.extension = e, .domain = d                                    \
	}

/* The same line with another environment is another command. */
static void
environments(struct unit *u, struct envelope *e)
{
	static const struct envelope_command table[] = {
		COMMAND("x", "r", "l", "e", "d"),
		COMMAND("X", "r", "l", "e", "d"),
		COMMAND("x y", "r", "l", "e", "d"),
		COMMAND("x", "R", "l", "e", "d"),
		COMMAND("x", "r", "L", "e", "d"),
		COMMAND("x", "r", "", "le", "d"),
		COMMAND("x", "r", "l", "E", "d"),
		COMMAND("x", "r", "l", "", "ed"),
		COMMAND("x", "r", "l", "e", "D"),
		COMMAND("x", "r", "l", "e", ""),
	};
	size_t i, n = sizeof(table) / sizeof(*table), wrong = 0;

	envelope_start(e, span_of(""));
	for (i = 0; i < 2 * n; i++) {
		envelope_begin(e, span_of("a@b"));
		wrong += !envelope_add_command(e, &table[i % n]);
		envelope_commit(e);
		wrong += e->rcpt[i].n != 1 || e->use[i] != ~(int)(i % n);
	}
	EXPECT_NUMBER(u, span_of("uses of commands that are wrong"), wrong, 0);
	EXPECT_NUMBER(u, span_of("each command once"), e->commands, n);
	for (i = 0; i < n; i++)
		wrong += strcmp(e->command[i].line, table[i].line) ||
		    strcmp(e->command[i].recipient, table[i].recipient) ||
		    strcmp(e->command[i].local, table[i].local) ||
		    strcmp(e->command[i].extension, table[i].extension) ||
		    strcmp(e->command[i].domain, table[i].domain);
	EXPECT_NUMBER(u, span_of("commands that are wrong"), wrong, 0);
}

/* Adds a `||` command to the current recipient. */
static bool
add_for_all(struct envelope *e, const char *line, const char *address)
{
	const struct envelope_command c = { .for_all = true,
		.line = line,
		.recipient = address,
		.address = address,
		.local = address,
		.extension = "",
		.domain = "b" };

	return envelope_add_command(e, &c);
}

/* Checks that command I runs with command FIRST, for the RCPT of index RCPT. */
static void
expect_command(struct unit *u, const struct envelope *e, size_t i, size_t first,
    size_t rcpt)
{
	const struct envelope_command *c = &e->command[i];

	EXPECT_TRUE(u, span_of(c->address),
	    i < e->commands && c->first == first && c->rcpt == rcpt);
}

/* `||` commands with the same words are one run, whose addresses are all kept;
 * each recipient uses it once. */
static void
for_all(struct unit *u, struct bench *b)
{
	struct envelope *e = &b->now;
	unsigned i, wrong = 0;

	envelope_start(e, span_of(""));
	envelope_begin(e, span_of("a@b"));
	wrong += !add_for_all(e, "x", "a@b") || !add_for_all(e, "x", "a2@b") ||
	    !add_for_all(e, "y", "a@b");
	envelope_commit(e);
	envelope_begin(e, span_of("c@b"));
	wrong += !add_command(e, "x", "c") || !add_for_all(e, "X", "c@b") ||
	    !add_for_all(e, "x", "a@b");
	envelope_commit(e);
	EXPECT_NUMBER(u, span_of("all are added"), wrong, 0);
	for (i = 0; i < 6; i++)
		expect_command(u, e, i, i == 1 || i == 5 ? 0 : i, i / 3);
	EXPECT_TRUE(u, span_of("two uses of the first"),
	    e->rcpt[0].n == 2 && e->use[0] == ~0 && e->use[1] == ~2);
	EXPECT_TRUE(u, span_of("three of the second, one of them the same"),
	    e->rcpt[1].n == 3 && e->use[2] == ~3 && e->use[3] == ~4 &&
	        e->use[4] == ~0);
	b->before = *e;
	envelope_begin(e, span_of("d@b"));
	add_for_all(e, "x", "d@b");
	add_for_all(e, "z", "d@b");
	envelope_abort(e);
	EXPECT_TRUE(u, span_of("an aborted recipient"),
	    envelope_same(e, &b->before));
	envelope_begin(e, span_of("e@b"));
	add_for_all(e, "z", "e@b");
	add_for_all(e, "y", "e@b");
	envelope_commit(e);
	expect_command(u, e, 6, 6, 2);
	expect_command(u, e, 7, 2, 2);
}

/* The first refusal of a recipient is kept, and applies to no other
 * recipient. */
static void
refusals(struct unit *u, struct envelope *e)
{
	envelope_start(e, span_of(""));
	envelope_begin(e, span_of("a@b"));
	envelope_set_refusal(e, "450 4.0.0 aborted");
	envelope_abort(e);
	envelope_begin(e, span_of("a@b"));
	envelope_commit(e);
	envelope_begin(e, span_of("a@b"));
	EXPECT_TRUE(u, span_of("first"), envelope_set_refusal(e, "1"));
	EXPECT_TRUE(u, span_of("second"), envelope_set_refusal(e, "2"));
	envelope_commit(e);
	envelope_begin(e, span_of("a@b"));
	envelope_set_refusal(e, "3");
	envelope_commit(e);
	EXPECT_TRUE(u, span_of("an aborted one"), !e->rcpt[0].refusal);
	EXPECT_SPAN(u, span_of("two"), span_of(e->rcpt[1].refusal),
	    span_of("1"));
	EXPECT_SPAN(u, span_of("another's"), span_of(e->rcpt[2].refusal),
	    span_of("3"));
}

/* The Maildirs and commands of a recipient, one bit each. */
struct model {
	unsigned leads_to[ENVELOPE_MAX];
	size_t n;
};

static unsigned
bit_of(const struct envelope *e, int use)
{
	if (use >= 0 && (size_t)use < e->boxes)
		return 1U << (e->box[use].name[0] - 'a');
	if (use < 0 && (size_t)~use < e->commands)
		return 1U << (BOXES + e->command[~use].local[0] - 'a');
	return 0;
}

static unsigned
mistakes(const struct envelope *e, const struct model *m)
{
	unsigned wrong = e->rcpts != m->n, seen, bit;
	size_t i, j;

	for (i = 0; i < m->n; i++) {
		seen = 0;
		for (j = 0; j < e->rcpt[i].n; j++) {
			bit = bit_of(e, e->use[e->rcpt[i].first + j]);
			wrong += bit == 0 || (seen & bit) != 0;
			seen |= bit;
		}
		wrong += seen != m->leads_to[i];
	}
	return wrong + (e->boxes > BOXES) + (e->commands > COMMANDS);
}

static unsigned
add_one(struct envelope *e, unsigned which)
{
	char name[] = "a";
	bool added;

	if (which < BOXES) {
		name[0] = (char)('a' + which);
		added = envelope_add_box(e, name, &any_id);
	} else {
		name[0] = (char)('a' + which - BOXES);
		added = add_command(e, "/bin/x", name);
	}
	return added ? 1U << which : 0;
}

/* Random recipients, some of which are aborted. */
static void
at_random(struct unit *u, struct bench *b)
{
	static struct model m;
	uint64_t state = 0xe17e10;
	unsigned step, leads_to, wrong = 0;
	size_t n;

	for (step = 0; step < STEPS; step++) {
		if (step % 150 == 0) {
			envelope_start(&b->now, span_of(""));
			m.n = 0;
		}
		b->before = b->now;
		envelope_begin(&b->now, span_of("a@b"));
		leads_to = 0;
		for (n = random_next(&state) % 8; n > 0; n--)
			leads_to |= add_one(&b->now,
			    (unsigned)(random_next(&state) %
			        (BOXES + COMMANDS)));
		if (random_next(&state) % 3 == 0) {
			envelope_abort(&b->now);
			wrong += !envelope_same(&b->now, &b->before);
			continue;
		}
		envelope_commit(&b->now);
		m.leads_to[m.n++] = leads_to;
		wrong += mistakes(&b->now, &m);
	}
	EXPECT_NUMBER(u, span_of("recipients that are wrong"), wrong, 0);
	m.leads_to[0] ^= 1;
	EXPECT_TRUE(u, span_of("a wrong one is noticed"),
	    mistakes(&b->now, &m) > 0);
}

/* Adds a recipient with the Maildir BOX, or none if it is NULL. */
static struct envelope_rcpt *
add_rcpt(struct envelope *e, const char *path, const char *box)
{
	envelope_begin(e, span_of(path));
	if (box)
		envelope_add_box(e, box, &any_id);
	envelope_commit(e);
	return &e->rcpt[e->rcpts - 1];
}

/* Recipients with the same Maildir, and what makes them different. */
static void
same_box(struct unit *u, struct envelope *e)
{
	struct span got[4];
	struct envelope_rcpt *last;

	envelope_start(e, span_of(""));
	add_rcpt(e, "a@b", "x");
	add_rcpt(e, "c@b", "x");
	add_rcpt(e, "A@b", "x");
	last = add_rcpt(e, "d@b", "x");
	EXPECT_NUMBER(u, span_of("three addresses"),
	    envelope_same_box(e, got, 3), 3);
	EXPECT_SPAN(u, span_of("in order"), got[1], span_of("c@b"));
	EXPECT_SPAN(u, span_of("as sent"), got[2], span_of("d@b"));
	EXPECT_NUMBER(u, span_of("too many"), envelope_same_box(e, got, 2), 0);
	last->discard = true;
	EXPECT_NUMBER(u, span_of("discard"), envelope_same_box(e, got, 4), 0);
	last->discard = false;
	EXPECT_NUMBER(u, span_of("again"), envelope_same_box(e, got, 4), 3);
	add_rcpt(e, "e@b", NULL);
	EXPECT_NUMBER(u, span_of("no box"), envelope_same_box(e, got, 4), 0);
	envelope_start(e, span_of(""));
	add_rcpt(e, "a@b", "x");
	add_rcpt(e, "c@b", "y");
	EXPECT_NUMBER(u, span_of("two boxes"), envelope_same_box(e, got, 4), 0);
	envelope_start(e, span_of(""));
	EXPECT_NUMBER(u, span_of("nobody"), envelope_same_box(e, got, 4), 0);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };

	copies(&u, &bench.now);
	paths(&u, &bench.now);
	environments(&u, &bench.now);
	for_all(&u, &bench);
	refusals(&u, &bench.now);
	same_box(&u, &bench.now);
	at_random(&u, &bench);
	return unit_end(&u);
}
