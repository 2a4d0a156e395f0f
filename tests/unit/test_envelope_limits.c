/* envelope: at most a thousand Maildirs, commands and uses, and a limited
 * number of octets; a recipient that exceeds a limit leaves nothing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "envelope_same.h"
#include "unit.h"

/* An envelope and an earlier copy of it. */
struct bench {
	struct envelope now, before;
};

enum { NAME_OCTETS = USERFILE_LINE_MAX + 1 };

/* Adds Maildir I, with a name of N octets. */
static bool
add_box(struct envelope *e, unsigned i, size_t n)
{
	char name[NAME_OCTETS];

	memset(name, 'x', n);
	name[n] = '\0';
	snprintf(name, sizeof(name), "%u", i);
	name[strlen(name)] = 'x'; /* replaces its NUL */
	return envelope_add_box(e, name, &(struct file_id){ 1, i });
}

/* Adds command I, with an argv of N octets. */
static bool
add_command(struct envelope *e, unsigned i, size_t n)
{
	char line[NAME_OCTETS], local[16];
	const struct envelope_command c = { .line = line,
		.recipient = "r",
		.address = "a",
		.local = local,
		.extension = "e",
		.domain = "d" };

	memset(line, 'x', n);
	line[n] = '\0';
	snprintf(local, sizeof(local), "%u", i);
	return envelope_add_command(e, &c);
}

/* Adds address I to the one `||` command. */
static bool
add_address(struct envelope *e, unsigned i, size_t n)
{
	char address[16];
	const struct envelope_command c = { .for_all = true,
		.line = "x",
		.recipient = "r",
		.address = address,
		.local = "l",
		.extension = "e",
		.domain = "d" };

	(void)n;
	snprintf(address, sizeof(address), "%u", i);
	return envelope_add_command(e, &c);
}

typedef bool add_some(struct envelope *e, unsigned i, size_t n);

/* Adds up to MOST until one does not fit, and returns their number.  ALONE:
 * each is a recipient of its own; otherwise all are one recipient, which is not
 * committed. */
static unsigned
fill(struct bench *b, add_some *add, size_t n, unsigned most, bool alone)
{
	unsigned i;

	for (i = 0; i < most; i++) {
		if (alone || i == 0)
			envelope_begin(&b->now, span_of("a@b"));
		if (!add(&b->now, i, n))
			break;
		if (alone)
			envelope_commit(&b->now);
	}
	return i;
}

/* A recipient that does not fit leaves nothing. */
static void
expect_full(struct unit *u, struct bench *b, add_some *add, unsigned i)
{
	b->before = b->now;
	envelope_begin(&b->now, span_of("a@b"));
	EXPECT_TRUE(u, span_of("one too many"), !add(&b->now, i, 8));
	envelope_abort(&b->now);
	EXPECT_TRUE(u, span_of("leaves no trace"),
	    envelope_same(&b->now, &b->before));
}

/* A thousand of one kind, in one recipient or in 999, so that there is room for
 * one more that is refused. */
static void
thousands(struct unit *u, struct bench *b, add_some *add)
{
	envelope_start(&b->now, span_of(""));
	b->before = b->now;
	EXPECT_NUMBER(u, span_of("a thousand in one"),
	    fill(b, add, 8, ENVELOPE_MAX + 1, false), ENVELOPE_MAX);
	EXPECT_TRUE(u, span_of("again the first"), add(&b->now, 0, 8));
	EXPECT_TRUE(u, span_of("again the last"),
	    add(&b->now, ENVELOPE_MAX - 1, 8));
	EXPECT_TRUE(u, span_of("one more"), !add(&b->now, ENVELOPE_MAX, 8));
	envelope_abort(&b->now);
	EXPECT_TRUE(u, span_of("never there"),
	    envelope_same(&b->now, &b->before));

	fill(b, add, 8, ENVELOPE_MAX + 1, false);
	envelope_commit(&b->now);
	EXPECT_NUMBER(u, span_of("a recipient who leads to a thousand"),
	    b->now.rcpt[0].n, ENVELOPE_MAX);
	expect_full(u, b, add, ENVELOPE_MAX);
	expect_full(u, b, add, 0);

	envelope_start(&b->now, span_of(""));
	EXPECT_NUMBER(u, span_of("each alone"),
	    fill(b, add, 8, ENVELOPE_MAX - 1, true), ENVELOPE_MAX - 1);
	EXPECT_NUMBER(u, span_of("is one use"), b->now.uses, ENVELOPE_MAX - 1);
	b->before = b->now;
	envelope_begin(&b->now, span_of("a@b"));
	EXPECT_TRUE(u, span_of("the last"), add(&b->now, ENVELOPE_MAX - 1, 8));
	EXPECT_TRUE(u, span_of("and one more"), !add(&b->now, 0, 8));
	envelope_abort(&b->now);
	EXPECT_TRUE(u, span_of("are not there"),
	    envelope_same(&b->now, &b->before));
}

/* The addresses of a `||` command are limited, too, also for one recipient,
 * whose use it is once. */
static void
addresses(struct unit *u, struct bench *b)
{
	envelope_start(&b->now, span_of(""));
	EXPECT_NUMBER(u, span_of("a thousand addresses"),
	    fill(b, add_address, 0, ENVELOPE_MAX + 1, false), ENVELOPE_MAX);
	envelope_abort(&b->now);
	fill(b, add_address, 0, ENVELOPE_MAX, false);
	envelope_commit(&b->now);
	EXPECT_NUMBER(u, span_of("one use"), b->now.uses, 1);
	expect_full(u, b, add_address, 0);
	envelope_start(&b->now, span_of(""));
	EXPECT_NUMBER(u, span_of("of a thousand recipients"),
	    fill(b, add_address, 0, ENVELOPE_MAX, true), ENVELOPE_MAX);
	EXPECT_NUMBER(u, span_of("each uses it"), b->now.uses, ENVELOPE_MAX);
	EXPECT_NUMBER(u, span_of("it is the first"),
	    b->now.command[ENVELOPE_MAX - 1].first, 0);
}

/* Maildirs and commands share the limit of uses. */
static void
mixed(struct unit *u, struct bench *b)
{
	envelope_start(&b->now, span_of(""));
	fill(b, add_box, 8, 600, false);
	envelope_commit(&b->now);
	EXPECT_NUMBER(u, span_of("Maildirs and commands"),
	    fill(b, add_command, 8, 401, false), 400);
	envelope_commit(&b->now);
	expect_full(u, b, add_box, 0);
	expect_full(u, b, add_box, 600);
	expect_full(u, b, add_command, 400);
}

/* A hundred of the longest names fit (RFC 5321 4.5.3.1.8), a thousand do not: a
 * recipient that does not fit leaves nothing, and a shorter one still fits. */
static void
long_names(struct unit *u, struct bench *b)
{
	unsigned n;

	envelope_start(&b->now, span_of(""));
	n = fill(b, add_box, USERFILE_LINE_MAX, ENVELOPE_MAX, true);
	EXPECT_TRUE(u, span_of("long names"), n >= 100 && n < ENVELOPE_MAX);
	envelope_abort(&b->now);
	EXPECT_NUMBER(u, span_of("all but one"), b->now.rcpts, n);
	EXPECT_NUMBER(u, span_of("the last is whole"),
	    strlen(b->now.box[n - 1].name), USERFILE_LINE_MAX);
	EXPECT_TRUE(u, span_of("the texts are full"),
	    sizeof(b->now.texts) - b->now.used <=
	        USERFILE_LINE_MAX + sizeof("a@b"));
	envelope_begin(&b->now, span_of("a@b"));
	EXPECT_TRUE(u, span_of("a short one"), add_box(&b->now, n, 8));
}

/* Tries a recipient of NEEDED octets where SPARE octets are left.  Returns the
 * number of errors. */
static unsigned
misfit(struct bench *b, add_some *add, size_t spare, size_t needed)
{
	bool fits;

	envelope_start(&b->now, span_of(""));
	b->now.used = sizeof(b->now.texts) - spare;
	b->before = b->now;
	fits = envelope_begin(&b->now, span_of("a@b")) && add(&b->now, 7777, 5);
	if (fits)
		return spare < needed || b->now.used > sizeof(b->now.texts);
	envelope_abort(&b->now);
	return spare >= needed || !envelope_same(&b->now, &b->before);
}

static bool
add_refusal(struct envelope *e, unsigned i, size_t n)
{
	(void)i;
	(void)n;
	return envelope_set_refusal(e, "55555");
}

static void
last_octets(struct unit *u, struct bench *b)
{
	unsigned spare, wrong = 0;

	for (spare = 0; spare < 32; spare++) {
		wrong += misfit(b, add_box, spare, 4 + 6);
		wrong += misfit(b, add_refusal, spare, 4 + 6);
		/* "xxxxx" "r" "a" "7777" "e" "d", each with its NUL */
		wrong +=
		    misfit(b, add_command, spare, 4 + 6 + 2 + 2 + 5 + 2 + 2);
	}
	EXPECT_NUMBER(u, span_of("wrong at the end of the texts"), wrong, 0);
}

/* A change is detected. */
static void
wrong_answers(struct unit *u, struct bench *b)
{
	envelope_start(&b->now, span_of(""));
	fill(b, add_box, 8, 3, true);
	b->before = b->now;
	EXPECT_TRUE(u, span_of("the same"), envelope_same(&b->now, &b->before));
	b->now.texts[1] ^= 1;
	EXPECT_TRUE(u, span_of("another octet"),
	    !envelope_same(&b->now, &b->before));
	b->now.texts[1] ^= 1;
	b->now.use[2] = ~0;
	EXPECT_TRUE(u, span_of("another use"),
	    !envelope_same(&b->now, &b->before));
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };

	thousands(&u, &bench, add_box);
	thousands(&u, &bench, add_command);
	addresses(&u, &bench);
	mixed(&u, &bench);
	long_names(&u, &bench);
	last_octets(&u, &bench);
	wrong_answers(&u, &bench);
	return unit_end(&u);
}
