/* action: every form of a line of users.txt, valid and invalid, each placed at
 * the end of readable memory. */
#include "users/action.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"

#define L(text) LITERAL(text)

/* The address and the text after it, and the resulting action. */
struct good {
	struct span address, action;
	enum action_kind kind;
	unsigned wait; /* or, for what follows the data, as below */
	const char *text;
};

#define AFTER(wait) (100 * (wait))
#define CLOSING     10000
#define FOR_ALL     20000

#define MAILDIR ACTION_MAILDIR
#define ALIAS   ACTION_ALIAS
#define COMMAND ACTION_COMMAND
#define REFUSE  ACTION_REFUSE
#define DATA    ACTION_REFUSE_DATA
#define CLOSE   ACTION_CLOSE
#define DROP    ACTION_DROP
#define DISCARD ACTION_DISCARD

static const struct good goods[] = {
	/* clang-format off */
	/* A bare address is its own Maildir. */
	{ L("a@b"), L(""), MAILDIR, 0, "a@b" },
	{ L("A@B.example"), L(""), MAILDIR, 0, "A@B.example" },
	{ L("a..b.@c"), L(""), MAILDIR, 0, "a..b.@c" },
	{ L("@b"), L(""), MAILDIR, 0, "@b" },
	{ L("postmaster"), L(""), MAILDIR, 0, "postmaster" },
	{ L("\xc3\xa9@b"), L(""), MAILDIR, 0, "\xc3\xa9@b" },
	{ L("a@b"), L("wait 0"), MAILDIR, 0, "a@b" },
	{ L("a@b"), L("wait 5"), MAILDIR, 5, "a@b" },
	{ L("a@b"), L("wait 60"), MAILDIR, 60, "a@b" },
	{ L("a@b"), L("WAIT\t 007"), MAILDIR, 7, "a@b" },
	/* Maildirs. */
	{ L("a@b"), L("./x"), MAILDIR, 0, "x" },
	{ L("a@b"), L("./x/"), MAILDIR, 0, "x" },
	{ L("a@b"), L("./x/y/z/"), MAILDIR, 0, "x/y/z" },
	{ L("a@b"), L(".//x///./y/.//"), MAILDIR, 0, "x/y" },
	{ L("a@b"), L("././x"), MAILDIR, 0, "x" },
	{ L("a@b"), L("./.x"), MAILDIR, 0, ".x" },
	{ L("a@b"), L("./..x/x../.../x..y/"), MAILDIR, 0, "..x/x../.../x..y" },
	{ L("a@b"), L("./close"), MAILDIR, 0, "close" },
	{ L("a@b"), L("./|x"), MAILDIR, 0, "|x" },
	{ L("a@b"), L("./452"), MAILDIR, 0, "452" },
	{ L("a@b"), L("./a@b/c@d"), MAILDIR, 0, "a@b/c@d" },
	{ L("a@b"), L("./\xc3\xa9/"), MAILDIR, 0, "\xc3\xa9" },
	{ L("a@b"), L("./x\\y"), MAILDIR, 0, "x\\y" },
	{ L(".a@b"), L("./x"), MAILDIR, 0, "x" },
	{ L("a/../b@c"), L("./x"), MAILDIR, 0, "x" },
	{ L("a@b"), L("wait 5 ./x/"), MAILDIR, 5, "x" },
	{ L("a@b"), L("wait\t5 \t ./x/"), MAILDIR, 5, "x" },
	{ L("a/b@c"), L("wait 1 ./x/"), MAILDIR, 1, "x" },
	/* Aliases. */
	{ L("a@b"), L("c@d"), ALIAS, 0, "c@d" },
	{ L("a@b"), L("a@b"), ALIAS, 0, "a@b" },
	{ L("a@b"), L("c@d  e@f\t\tg@h"), ALIAS, 0, "c@d e@f g@h" },
	{ L("a@b"), L("Postmaster"), ALIAS, 0, "Postmaster" },
	{ L("a@b"), L("c@d postmaster e@f"), ALIAS, 0, "c@d postmaster e@f" },
	{ L(".a@b"), L("c@d"), ALIAS, 0, "c@d" },
	{ L("a@b"), L("452@c"), ALIAS, 0, "452@c" },
	{ L("a@b"), L("wait@c"), ALIAS, 0, "wait@c" },
	{ L("a@b"), L("close@c"), ALIAS, 0, "close@c" },
	{ L("a@b"), L("data@c 5@d"), ALIAS, 0, "data@c 5@d" },
	{ L("a@b"), L("wait 60 c@d e@f"), ALIAS, 60, "c@d e@f" },
	/* Commands. */
	{ L("a@b"), L("|x"), COMMAND, 0, "x" },
	{ L("a@b"), L("| x"), COMMAND, 0, "x" },
	{ L("a@b"), L("|\t/bin/x  -y\t z"), COMMAND, 0, "/bin/x -y z" },
	{ L("a@b"), L("|/bin/../x ./y"), COMMAND, 0, "/bin/../x ./y" },
	{ L("a@b"), L("||x"), COMMAND, FOR_ALL, "x" },
	{ L("a@b"), L("||  /bin/x\t-y"), COMMAND, FOR_ALL, "/bin/x -y" },
	{ L("a@b"), L("|||x"), COMMAND, FOR_ALL, "|x" },
	{ L("a@b"), L("| |x"), COMMAND, 0, "|x" },
	{ L("a@b"), L("|x |y"), COMMAND, 0, "x |y" },
	{ L("a@b"), L("wait 9 ||x"), COMMAND, 9 + FOR_ALL, "x" },
	{ L("a@b"), L("data wait 5 ||x y"), COMMAND, AFTER(5) + FOR_ALL,
	    "x y" },
	{ L("a@b"), L("|x 'a b' $c"), COMMAND, 0, "x 'a b' $c" },
	{ L("a@b"), L("wait 9 |x y"), COMMAND, 9, "x y" },
	{ L("/a@b"), L("|x"), COMMAND, 0, "x" },
	/* Refusals. */
	{ L("a@b"), L("452 4.2.2 mailbox full"), REFUSE, 0,
	    "452 4.2.2 mailbox full" },
	{ L("a@b"), L("400 4.0.0 x"), REFUSE, 0, "400 4.0.0 x" },
	{ L("a@b"), L("420 4.2.1 x"), REFUSE, 0, "420 4.2.1 x" },
	{ L("a@b"), L("422 4.2.1 x"), REFUSE, 0, "422 4.2.1 x" },
	{ L("a@b"), L("499 4.999.999 x"), REFUSE, 0, "499 4.999.999 x" },
	{ L("a@b"), L("500 5.0.0 x"), REFUSE, 0, "500 5.0.0 x" },
	{ L("a@b"), L("521 5.0.0 x"), REFUSE, 0, "521 5.0.0 x" },
	{ L("a@b"), L("599 5.10.100 x"), REFUSE, 0, "599 5.10.100 x" },
	{ L("a@b"), L("550 5.1.1 ~!@$%^&*(){}"), REFUSE, 0,
	    "550 5.1.1 ~!@$%^&*(){}" },
	{ L("a@b"), L("550 5.1.1 c@d"), REFUSE, 0, "550 5.1.1 c@d" },
	{ L("a@b"), L("550 5.1.1 two  blanks"), REFUSE, 0,
	    "550 5.1.1 two  blanks" },
	{ L("a/b@c"), L("550 5.1.1 x"), REFUSE, 0, "550 5.1.1 x" },
	{ L("a@b"), L("wait 3 550 5.1.1 x"), REFUSE, 3, "550 5.1.1 x" },
	{ L("a@b"), L("data 451 4.3.0 not now"), DATA, 0,
	    "451 4.3.0 not now" },
	{ L("a@b"), L("Data \t 554 5.6.0 x"), DATA, 0, "554 5.6.0 x" },
	{ L("a@b"), L("wait 3 data 554 5.6.0 x"), DATA, 3, "554 5.6.0 x" },
	/* Blanks around the enhanced code become one on each side, as in
	 * reply.h. */
	{ L("a@b"), L("452  4.2.2   mailbox full"), REFUSE, 0,
	    "452 4.2.2 mailbox full" },
	/* Without an enhanced code. */
	{ L("a@b"), L("452 mailbox full"), REFUSE, 0,
	    "452 4.0.0 mailbox full" },
	{ L("a@b"), L("550 no"), REFUSE, 0, "550 5.0.0 no" },
	{ L("a@b"), L("550  no  such "), REFUSE, 0, "550 5.0.0 no  such " },
	{ L("a@b"), L("452 4 x"), REFUSE, 0, "452 4.0.0 4 x" },
	{ L("a@b"), L("452 4.x.2 x"), REFUSE, 0, "452 4.0.0 4.x.2 x" },
	{ L("a@b"), L("452 #4.2.2 x"), REFUSE, 0, "452 4.0.0 #4.2.2 x" },
	{ L("a@b"), L("data 554 no"), DATA, 0, "554 5.0.0 no" },
	{ L("a@b"), L("wait 3 451 x"), REFUSE, 3, "451 4.0.0 x" },
	/* 421 also ends the session. */
	{ L("a@b"), L("421 go away"), REFUSE, 0, "421 4.0.0 go away" },
	{ L("a@b"), L("421 4.7.0 x"), REFUSE, 0, "421 4.7.0 x" },
	{ L("a@b"), L("data 421 x"), DATA, 0, "421 4.0.0 x" },
	/* Nothing is stored. */
	{ L("a@b"), L("discard"), DISCARD, 0, "" },
	{ L("/a@b"), L("wait 2 DISCARD"), DISCARD, 2, "" },
	/* A delay after the data. */
	{ L("a@b"), L("data wait 5"), MAILDIR, AFTER(5), "a@b" },
	{ L("a@b"), L("data wait 0 ./x/"), MAILDIR, 0, "x" },
	{ L("a@b"), L("wait 1 data wait 60 ./x/"), MAILDIR, 1 + AFTER(60),
	    "x" },
	{ L("a@b"), L("DATA WAIT 5 c@d"), ALIAS, AFTER(5), "c@d" },
	{ L("a@b"), L("data wait 5 |x"), COMMAND, AFTER(5), "x" },
	{ L("a@b"), L("data wait 5 discard"), DISCARD, AFTER(5), "" },
	{ L("a@b"), L("data wait 5 451 x"), DATA, AFTER(5), "451 4.0.0 x" },
	{ L("a@b"), L("data wait 5 data 451 x"), DATA, AFTER(5),
	    "451 4.0.0 x" },
	/* The end of the session after the data. */
	{ L("a@b"), L("data close"), DROP, CLOSING, "" },
	{ L("/a@b"), L("wait 1 data wait 2 close"), DROP,
	    1 + AFTER(2) + CLOSING, "" },
	{ L("a@b"), L("data wait 2 data close"), DROP, AFTER(2) + CLOSING, "" },
	{ L("a@b"), L("data close ./x/"), MAILDIR, CLOSING, "x" },
	{ L("a@b"), L("data wait 2 close ./x/y/"), MAILDIR, AFTER(2) + CLOSING,
	    "x/y" },
	/* The end of the session. */
	{ L("a@b"), L("close"), CLOSE, 0, "" },
	{ L("a@b"), L("CLOSE"), CLOSE, 0, "" },
	{ L("a@b"), L("wait 60 close"), CLOSE, 60, "" },
	{ L(".a@b"), L("close"), CLOSE, 0, "" },
	/* clang-format on */
};

static const char *
mean(const struct guard g[2], struct span address, struct span action,
    struct action *ret)
{
	struct userfile_line line = { .number = 1 };

	line.address = guarded(&g[0], address);
	line.action = guarded(&g[1], action);
	return action_of(&line, ret);
}

static void
ask(struct unit *u, const struct guard g[2], const struct good *want)
{
	static struct action got;
	struct span name = want->action.n > 0 ? want->action : want->address;
	const char *why;

	memset(&got, 'x', sizeof(got));
	got.kind = want->kind == CLOSE ? MAILDIR : CLOSE;
	got.wait = got.data_wait = 77;
	got.data_close = got.for_all = true;
	why = mean(g, want->address, want->action, &got);
	EXPECT_SPAN(u, name, span_of(why ? why : ""), span_of(""));
	EXPECT_NUMBER(u, name, got.kind, want->kind);
	EXPECT_NUMBER(u, name,
	    got.wait + AFTER(got.data_wait) + (got.data_close ? CLOSING : 0) +
	        (got.for_all ? FOR_ALL : 0),
	    want->wait);
	got.text[sizeof(got.text) - 1] = '\0';
	EXPECT_SPAN(u, name, span_of(got.text), span_of(want->text));
}

/* Each octet in the text of a refusal. */
static void
each_octet(struct unit *u, const struct guard g[2])
{
	static struct action got;
	char action[] = "550 5.1.1 x?x";
	unsigned c, taken = 0, wrong = 0;
	bool good;

	for (c = 0; c < 256; c++) {
		action[11] = (char)c;
		good = !mean(g, span_of("a@b"),
		    (struct span){ action, sizeof(action) - 1 }, &got);
		taken += good;
		wrong += good != (c >= ' ' && c <= '~');
	}
	EXPECT_NUMBER(u, span_of("octets in the words, all 256"), wrong, 0);
	EXPECT_NUMBER(u, span_of("octets that may stand there"), taken, 95);
}

/* Every code of three digits, each with an enhanced code of each class. */
static void
each_code(struct unit *u, const struct guard g[2])
{
	static struct action got;
	char action[] = "000 0.1.2 x";
	unsigned code, kind, wrong = 0, taken = 0;
	bool good;

	for (code = 0; code < 1000; code++)
		for (kind = 0; kind < 10; kind++) {
			action[0] = (char)('0' + code / 100);
			action[1] = (char)('0' + code / 10 % 10);
			action[2] = (char)('0' + code % 10);
			action[4] = (char)('0' + kind);
			good = !mean(g, span_of("a@b"), span_of(action), &got);
			taken += good;
			wrong += good !=
			    (code >= 400 && code <= 599 && kind == code / 100);
		}
	EXPECT_NUMBER(u, span_of("wrong of all codes and classes"), wrong, 0);
	EXPECT_NUMBER(u, span_of("200 of them are good"), taken, 200);
}

/* Every number of seconds of up to three digits. */
static void
each_wait(struct unit *u, const struct guard g[2])
{
	static struct action got;
	unsigned seconds, wrong = 0;
	char action[16];
	struct text t;
	bool good;

	for (seconds = 0; seconds < 1000; seconds++) {
		t = text_in(action, sizeof(action));
		text_add(&t, "wait ");
		text_number(&t, seconds, 0);
		good = !mean(g, span_of("a@b"), text_span_of(&t), &got);
		wrong += good != (seconds <= ACTION_WAIT_MAX) ||
		    (good && got.wait != seconds);
	}
	EXPECT_NUMBER(u, span_of("wrong of a thousand waits"), wrong, 0);
}

/* What a program may say as its reply: a refusal as in a line, with its
 * enhanced code. */
static const struct {
	struct span words;
	const char *text; /* in the reply, or NULL */
} replies[] = {
	{ L("550 5.1.1 no"), "550 5.1.1 no" },
	{ L("451 4.0.0 x"), "451 4.0.0 x" },
	{ L("421 4.7.0 x"), "421 4.7.0 x" },
	{ L("599 5.999.999 ~!@#$"), "599 5.999.999 ~!@#$" },
	{ L("550  5.1.1   no"), "550 5.1.1 no" },
	{ L("550 5.1.1 a  b "), "550 5.1.1 a  b " },
	{ L(""), NULL },
	{ L("550"), NULL },
	{ L("550 no"), NULL },
	{ L("550 5.1.1"), NULL },
	{ L("550 5.1.1 "), NULL },
	{ L("550 4.1.1 no"), NULL },
	{ L("450 5.1.1 no"), NULL },
	{ L("550 5.1 no"), NULL },
	{ L("550 5.1.x no"), NULL },
	{ L("550 5.01.1 no"), NULL },
	{ L("550 #5.1.1 no"), NULL },
	{ L("550-5.1.1 no"), NULL },
	{ L(" 550 5.1.1 no"), NULL },
	{ L("250 2.0.0 OK"), NULL },
	{ L("354 3.0.0 x"), NULL },
	{ L("600 6.0.0 x"), NULL },
	{ L("55 5.0.0 x"), NULL },
	{ L("5500 5.0.0 x"), NULL },
	{ L("550 5.1.1 \xc3\xa9"), NULL },
	{ L("550 5.1.1 a\tb"), NULL },
	{ L("550 5.1.1 a\r\n250 x"), NULL },
	{ L("550 5.1.1 a\0"), NULL },
	{ L("data 550 5.1.1 no"), NULL },
	{ L("wait 5 550 5.1.1 no"), NULL },
	{ L("error: 550 5.1.1 no"), NULL },
	{ L("discard"), NULL },
};

static void
each_reply(struct unit *u, const struct guard *g)
{
	char octets[ACTION_WORDS_MAX + 1], text[ACTION_WORDS_MAX + 1];
	struct span words = { octets, sizeof(octets) };
	bool good;
	size_t i;

	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		good = action_is_refusal(guarded(g, replies[i].words), text);
		EXPECT_SPAN(u, replies[i].words, span_of(good ? text : "none"),
		    span_of(replies[i].text ? replies[i].text : "none"));
	}
	memset(octets, 'x', sizeof(octets));
	memcpy(octets, "550 5.1.1 ", 10);
	EXPECT_TRUE(u, span_of("too long"),
	    !action_is_refusal(guarded(g, words), text));
	words.n--;
	EXPECT_TRUE(u, span_of("the longest"),
	    action_is_refusal(guarded(g, words), text));
}

/* Each of the four results can be detected as wrong. */
static void
wrong_answers(struct unit *u, const struct guard g[2])
{
	static const struct good wrong[] = {
		{ L("a@b"), L("wait 5 ./x/"), ALIAS, 6, "y" },
		{ L("a@b"), L("./"), MAILDIR, 0, "" },
	};
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, g, &wrong[0]);
	EXPECT_NUMBER(u, span_of("three wrong answers"), inner.failures, 3);
	ask(&inner, g, &wrong[1]);
	EXPECT_TRUE(u, span_of("no meaning is noticed"), inner.failures > 3);
	close(inner.out);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g[2] = { guard_open(USERFILE_LINE_MAX),
		guard_open(USERFILE_LINE_MAX) };
	size_t i;

	for (i = 0; i < sizeof(goods) / sizeof(*goods); i++)
		ask(&u, g, &goods[i]);
	each_reply(&u, &g[0]);
	each_octet(&u, g);
	each_code(&u, g);
	each_wait(&u, g);
	wrong_answers(&u, g);
	return unit_end(&u);
}
