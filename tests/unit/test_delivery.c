/* delivery: in SMTP all or nothing, in LMTP one result each; a rejected message
 * is in no new/, and nothing is left in any tmp/. */
#include <errno.h>

#include "base/os.h"
#include "delivery_fixture.h"

static const struct delivery_fixture_row rows[] = {
	/* clang-format off */
	{ "a", "+", "a", "+", "a" },
	{ "a b c", "+", "abc", "+++", "abc" },
	{ "abc", "+", "abc", "+", "abc" },
	{ "c a b", "+", "abc", "+++", "abc" },
	/* Each Maildir has it once. */
	{ "a a", "+", "a", "++", "a" },
	{ "aa aa a", "+", "a", "+++", "a" },
	{ "ab ba ab c", "+", "abc", "++++", "abc" },
	/* new/ was removed, or is a file. */
	{ "A", "F", "", "F", "" },
	{ "Z", "F", "", "F", "" },
	{ "A b c", "F", "", "F++", "bc" },
	{ "a B c", "F", "", "+F+", "ac" },
	{ "a b C", "F", "", "++F", "ab" },
	{ "a Z c", "F", "", "+F+", "ac" },
	{ "a b Z", "F", "", "++F", "ab" },
	{ "Z b c", "F", "", "F++", "bc" },
	{ "A Z", "F", "", "FF", "" },
	{ "Z A b Y B", "F", "", "FF+FF", "b" },
	{ "A A", "F", "", "FF", "" },
	/* A recipient has it in all of its Maildirs, or in none. */
	{ "aBc", "F", "", "F", "" },
	{ "abZ", "F", "", "F", "" },
	{ "Zab c", "F", "", "F+", "c" },
	{ "abZ c", "F", "", "F+", "c" },
	{ "c abZ", "F", "", "+F", "c" },
	/* Except those that another recipient has, too. */
	{ "a aZ", "F", "", "+F", "a" },
	{ "aZ a", "F", "", "F+", "a" },
	{ "aZ a aZ", "F", "", "F+F", "a" },
	{ "abZ bc", "F", "", "F+", "bc" },
	{ "bc abZ", "F", "", "+F", "bc" },
	{ "abZ bcY b", "F", "", "FF+", "b" },
	{ "abcZ a b", "F", "", "F++", "ab" },
	{ "aZ ab bZ", "F", "", "F+F", "ab" },
	/* Refused after the data. */
	{ "!", "!", "", "!", "" },
	{ "a !", "!", "", "+!", "a" },
	{ "! a", "!", "", "!+", "a" },
	{ "! ?", "!", "", "!?", "" },
	{ "? a !", "?", "", "?+!", "a" },
	{ "a! b", "!", "", "!+", "b" },
	{ "a! a", "!", "", "!+", "a" },
	{ "a a!", "!", "", "+!", "a" },
	{ "!? a", "!", "", "!+", "a" },
	{ "a!Z b", "!", "", "!+", "b" },
	{ "Z !", "!", "", "F!", "" },
	/* Discarded. */
	{ ".", "+", "", "+", "" },
	{ ". .", "+", "", "++", "" },
	{ "a .", "+", "a", "++", "a" },
	{ "a.", "+", "a", "+", "a" },
	{ "Z .", "F", "", "F+", "" },
	{ ". !", "!", "", "+!", "" },
	/* Dropped: so are those after it. */
	{ "-", "-", "", "-", "" },
	{ "a -", "-", "", "+-", "a" },
	{ "- a", "-", "", "--", "" },
	{ "a - b", "-", "", "+--", "a" },
	{ "- !", "-", "", "--", "" },
	{ "! -", "-", "", "!-", "" },
	{ "Z - .", "-", "", "F--", "" },
	/* clang-format on */
};

static void
deliver(struct unit *u, struct delivery_fixture *m,
    const struct delivery_fixture_row *r, bool per_recipient)
{
	delivery_fixture_again(m);
	delivery_fixture_expect(u, m, r, per_recipient);
}

/* errno is that of the first failure. */
static void
reasons(struct unit *u, struct delivery_fixture *m)
{
	delivery_fixture_again(m);
	delivery_fixture_deliver(m, "a B Z", false);
	EXPECT_NUMBER(u, span_of("new/ is gone"),
	    (unsigned)m->delivery.outcome[0].error, ENOENT);
	delivery_fixture_again(m);
	delivery_fixture_deliver(m, "a Z B", false);
	EXPECT_NUMBER(u, span_of("new/ is a file"),
	    (unsigned)m->delivery.outcome[0].error, ENOTDIR);
	delivery_fixture_again(m);
	delivery_fixture_deliver(m, "a B Z", true);
	EXPECT_NUMBER(u, span_of("to each its own"),
	    (unsigned)m->delivery.outcome[1].error, ENOENT);
	EXPECT_NUMBER(u, span_of("to each its own"),
	    (unsigned)m->delivery.outcome[2].error, ENOTDIR);
}

/* A failed write is remembered: no Maildir has a message with a hole, and
 * recipients that refuse it keep their own refusals. */
static void
broken_spools(struct unit *u, struct delivery_fixture *m)
{
	char outcomes[ENVELOPE_MAX], holders[26];
	int per_recipient;

	for (per_recipient = 0; per_recipient < 2; per_recipient++) {
		delivery_fixture_again(m);
		m->delivery.per_recipient = per_recipient;
		delivery_fixture_start(m, per_recipient ? "a ! b" : "a b");
		delivery_fixture_receive(m);
		m->spool.error = ENOSPC;
		delivery_run(&m->delivery, &m->envelope, &m->spool);
		EXPECT_SPAN(u, span_of("no space"),
		    delivery_fixture_outcomes(m, outcomes),
		    span_of(per_recipient ? "F!F" : "F"));
		EXPECT_NUMBER(u, span_of("why"),
		    (unsigned)m->delivery.outcome[0].error, ENOSPC);
		EXPECT_SPAN(u, span_of("nobody"),
		    delivery_fixture_holders(m, holders), span_of(""));
	}
}

/* Several transactions in a session do not affect each other. */
static void
one_after_another(struct unit *u, struct delivery_fixture *m)
{
	char outcomes[ENVELOPE_MAX];
	unsigned i;

	delivery_fixture_again(m);
	for (i = 0; i < 5; i++) {
		delivery_fixture_deliver(m, "a b", false);
		delivery_fixture_deliver(m, "b B", false);
		EXPECT_SPAN(u, span_of("refused"),
		    delivery_fixture_outcomes(m, outcomes), span_of("F"));
	}
	EXPECT_NUMBER(u, span_of("five in a"), delivery_fixture_count(m, "a"),
	    5);
	EXPECT_NUMBER(u, span_of("five in b"), delivery_fixture_count(m, "b"),
	    5);
}

/* A symbolic link is no Maildir, and neither is one whose new/ is a link. */
static void
symbolic_links(struct unit *u, struct delivery_fixture *m)
{
	struct file_id id;

	delivery_fixture_again(m);
	delivery_fixture_deliver(m, "a", false);
	if (symlinkat("a", m->site.mail, "b") < 0 ||
	    mkdirat(m->site.mail, "c", 0700) < 0 ||
	    symlinkat("../a/new", m->site.mail, "c/new") < 0 ||
	    mkdirat(m->site.mail, "d", 0700) < 0 ||
	    symlinkat("nowhere", m->site.mail, "d/new") < 0)
		abort();
	EXPECT_TRUE(u, span_of("a Maildir that is a link"),
	    maildir_ready(m->site.mail, "b", &id) < 0 && errno == ELOOP);
	EXPECT_TRUE(u, span_of("a part of a name that is a link"),
	    maildir_ready(m->site.mail, "b/sub", &id) < 0 && errno == ELOOP);
	EXPECT_TRUE(u, span_of("new/ that is a link"),
	    maildir_ready(m->site.mail, "c", &id) < 0 && errno == ELOOP);
	EXPECT_TRUE(u, span_of("new/ that is a link to nothing"),
	    maildir_ready(m->site.mail, "d", &id) < 0 && errno == ELOOP);
	EXPECT_NUMBER(u, span_of("nothing was created through them"),
	    entries_in(m->site.mail, "a"), 3);
}

/* A new/ that takes the place of the one that RCPT saw gets no message, and
 * nothing is removed from it. */
static void
replaced(struct unit *u, struct delivery_fixture *m)
{
	char outcomes[ENVELOPE_MAX], holders[26];
	int fd;

	delivery_fixture_again(m);
	m->delivery.per_recipient = true;
	delivery_fixture_start(m, "a b");
	delivery_fixture_receive(m);
	if (renameat(m->site.mail, "a/new", m->site.mail, "a/old") < 0 ||
	    mkdirat(m->site.mail, "a/new", 0700) < 0)
		abort();
	fd = file_open(m->site.mail, "a/new/other", O_WRONLY | O_CREAT);
	close(fd);
	delivery_run(&m->delivery, &m->envelope, &m->spool);
	EXPECT_SPAN(u, span_of("replaced"),
	    delivery_fixture_outcomes(m, outcomes), span_of("F+"));
	EXPECT_NUMBER(u, span_of("the reason"),
	    (unsigned)m->delivery.outcome[0].error, ESTALE);
	EXPECT_SPAN(u, span_of("the Maildir"),
	    span_of(m->delivery.outcome[0].box), span_of("a"));
	EXPECT_NUMBER(u, span_of("not there"),
	    entries_in(m->site.mail, "a/new"), 1);
	EXPECT_NUMBER(u, span_of("nor in the old one"),
	    entries_in(m->site.mail, "a/old"), 0);
	EXPECT_SPAN(u, span_of("the other has it"),
	    delivery_fixture_holders(m, holders), span_of("*b"));
}

/* A link is removed only if it is the message. */
static void
take_back(struct unit *u, struct delivery_fixture *m)
{
	struct spool_link link;
	int new;

	delivery_fixture_again(m);
	delivery_fixture_start(m, "a");
	delivery_fixture_receive(m);
	new = maildir_open(m->site.mail, "a", &m->envelope.box[0].id);
	EXPECT_TRUE(u, span_of("linked"),
	    spool_finish(&m->spool) == 0 &&
	        spool_link(&m->spool, "a", new, &link) == 0);
	link.file.inode++;
	EXPECT_TRUE(u, span_of("another file stays"),
	    spool_unlink(&m->spool, new, &link) < 0 && errno == ESTALE &&
	        entries_in(m->site.mail, "a/new") == 1);
	link.file.inode--;
	EXPECT_TRUE(u, span_of("the message goes"),
	    spool_unlink(&m->spool, new, &link) == 0 &&
	        entries_in(m->site.mail, "a/new") == 0);
	EXPECT_TRUE(u, span_of("once"),
	    spool_unlink(&m->spool, new, &link) < 0 && errno == ENOENT);
	spool_end(&m->spool);
	close(new);
}

/* A wrong result is detected. */
static void
wrong_answers(struct unit *u, struct delivery_fixture *m)
{
	static const struct delivery_fixture_row wrong = { "a Z", "+", "a",
		"++", "ab" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	deliver(&inner, m, &wrong, false);
	EXPECT_NUMBER(u, span_of("two wrong answers"), inner.failures, 2);
	deliver(&inner, m, &wrong, true);
	EXPECT_NUMBER(u, span_of("and two more"), inner.failures, 4);
	delivery_fixture_again(m);
	delivery_fixture_deliver(m, "a", false);
	m->message[0] ^= 1;
	EXPECT_NUMBER(u, span_of("an octet that is wrong"),
	    delivery_fixture_count(m, "a"), 100);
	close(inner.out);
}

int
main(void)
{
	static struct delivery_fixture room;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	os_start(true, false);
	delivery_fixture_open(&room);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		deliver(&u, &room, &rows[i], false);
		deliver(&u, &room, &rows[i], true);
	}
	reasons(&u, &room);
	broken_spools(&u, &room);
	one_after_another(&u, &room);
	symbolic_links(&u, &room);
	replaced(&u, &room);
	take_back(&u, &room);
	wrong_answers(&u, &room);
	scratch_close(&room.scratch);
	return unit_end(&u);
}
