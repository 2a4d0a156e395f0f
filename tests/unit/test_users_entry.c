/* users: a look-up returns the address as in the file, and the whole action of
 * its line; where a tag begins, and where a domain. */
#include <fcntl.h>
#include <unistd.h>

#include "store/recipient.h"
#include "unit.h"

#define L(text) LITERAL(text)

static const char content[] = "a@B wait 7 c@d  e@f\n"
                              "@B wait 7 452 4.2.2 Full # x\n"
                              "PostMaster\twait\t7 | /bin/x \t-y\n"
                              "C@d wait 7\n"
                              "z@b wait 7 ../x\n";

struct row {
	const char *local, *domain, *listed;
	enum action_kind kind;
	const char *text;
};

static const struct row rows[] = {
	{ "A", "b", "a@B", ACTION_ALIAS, "c@d e@f" },
	{ "a+t", "b", "a@B", ACTION_ALIAS, "c@d e@f" },
	{ "x", "b", "@B", ACTION_REFUSE, "452 4.2.2 Full" },
	{ "Postmaster", "", "PostMaster", ACTION_COMMAND, "/bin/x -y" },
	{ "postmaster", "MX.example", "PostMaster", ACTION_COMMAND,
	    "/bin/x -y" },
	{ "c", "D", "C@d", ACTION_MAILDIR, "C@d" },
	/* Octets that a quoted local part may contain. */
	{ "a b", "b", "@B", ACTION_REFUSE, "452 4.2.2 Full" },
	{ "a@B", "b", "@B", ACTION_REFUSE, "452 4.2.2 Full" },
	{ "", "b", "@B", ACTION_REFUSE, "452 4.2.2 Full" },
	{ "+", "b", "@B", ACTION_REFUSE, "452 4.2.2 Full" },
};

static void
ask(struct unit *u, struct users *users, const struct row *r)
{
	const struct users_address a = { span_of(r->local),
		span_of(r->domain) };
	struct users_entry got = { .action.wait = 77 };

	EXPECT_NUMBER(u, a.local,
	    users_find(users, &a, span_of("mx.example"), &got), USERS_FOUND);
	EXPECT_SPAN(u, a.local, span_of(got.listed), span_of(r->listed));
	EXPECT_NUMBER(u, a.local, got.action.kind, r->kind);
	EXPECT_SPAN(u, a.local, span_of(got.action.text), span_of(r->text));
	EXPECT_NUMBER(u, a.local, got.action.wait, 7);
}

/* An invalid line is a failure with a reason, each time. */
static void
nothing(struct unit *u, struct users *users)
{
	static const struct users_address bad = { L("z"), L("b") },
	                                  good = { L("c"), L("d") },
	                                  none = { L("c"), L("e") };
	struct users_entry got;
	int i;

	for (i = 0; i < 2; i++) {
		users->reason = NULL;
		users->error = 77;
		EXPECT_NUMBER(u, span_of("an invalid line"),
		    users_find(users, &bad, span_of("mx"), &got), USERS_FAIL);
		EXPECT_TRUE(u, span_of("why"), users->reason && !users->error);
		EXPECT_NUMBER(u, span_of("and a good one"),
		    users_find(users, &good, span_of("mx"), &got), USERS_FOUND);
		EXPECT_NUMBER(u, span_of("and none"),
		    users_find(users, &none, span_of("mx"), &got), USERS_NONE);
	}
}

static void
tags(struct unit *u, const struct guard *g)
{
	static const struct {
		struct span local, want;
	} table[] = {
		{ L(""), L("") },
		{ L("a"), L("a") },
		{ L("abc"), L("abc") },
		{ L("a+"), L("a") },
		{ L("a+b"), L("a") },
		{ L("a+b+c"), L("a") },
		{ L("a++b"), L("a") },
		{ L("+"), L("+") },
		{ L("+a"), L("+a") },
		{ L("+a+b"), L("+a") },
		{ L("++"), L("+") },
		{ L("a\0+b"), L("a\0") },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		EXPECT_SPAN(u, table[i].local,
		    users_without_tag(guarded(g, table[i].local)),
		    table[i].want);
}

/* The parts of an alias's target. */
static void
splits(struct unit *u, const struct guard *g)
{
	static const struct {
		const char *word, *local, *domain;
	} table[] = {
		{ "a@b", "a", "b" },
		{ "postmaster", "postmaster", "" },
		{ "@b", "", "b" },
		{ "a@", "a", "" },
		{ "a@b@c", "a@b", "c" },
		{ "@", "", "" },
		{ "", "", "" },
	};
	struct users_address a;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		a = recipient_split(guarded(g, span_of(table[i].word)));
		EXPECT_SPAN(u, span_of(table[i].word), a.local,
		    span_of(table[i].local));
		EXPECT_SPAN(u, span_of(table[i].word), a.domain,
		    span_of(table[i].domain));
	}
}

/* A wrong value in each of the five results is detected. */
static void
wrong_answers(struct unit *u, struct users *users)
{
	static const struct row wrong = { "c", "e", "x", ACTION_CLOSE, "x" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, users, &wrong);
	EXPECT_NUMBER(u, span_of("five wrong answers"), inner.failures, 5);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(16);
	static struct users users;
	struct scratch s;
	size_t i;

	scratch_open(&s);
	scratch_write(&s, span_of(content));
	if (users_open(&users, s.file) < 0)
		_exit(2);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ask(&u, &users, &rows[i]);
	nothing(&u, &users);
	tags(&u, &g);
	splits(&u, &g);
	wrong_answers(&u, &users);
	scratch_close(&s);
	return unit_end(&u);
}
