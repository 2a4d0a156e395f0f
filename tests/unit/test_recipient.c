/* recipient: the result of each line of users.txt, and that a refused recipient
 * leaves the envelope unchanged. */
#include "store/maildir.h"
#include "store/recipient.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "envelope_same.h"
#include "smtp/path.h"
#include "unit.h"

enum { SHOWN_MAX = 512 };

struct bench {
	struct scratch scratch;
	struct site site;
	struct recipients r;
	struct envelope now, before;
	char shown[SHOWN_MAX];
};

static const char content[] = "a@b ./a/\n"
                              "b@b ./b/\n"
                              "c@b\n"
                              "two@b a@b b@b\n"
                              "dup@b a@b A+x@B a+y@b two@b\n"
                              "nest@b two@b c@b two@b\n"
                              "w5@b wait 5 ./w5/\n"
                              "waits@b wait 2 w5@b w9@b w5@b\n"
                              "w9@b wait 9 b@b\n"
                              "gone@b wait 1 close\n"
                              "viagone@b a@b gone@b full@b\n"
                              "full@b wait 4 452 4.2.2 mailbox full\n"
                              "viafull@b a@b c@b full@b nobody@b\n"
                              "fulllast@b wait 60 nobody@b full@b\n"
                              "late@b data 451 4.3.0 not now\n"
                              "vialate@b a@b late@b b@b\n"
                              "later@b data 554 5.6.0 never\n"
                              "bothlate@b later@b late@b\n"
                              "bad@b ../x\n"
                              "viabad@b a@b bad@b\n"
                              "loop@b loop@b\n"
                              "loop1@b a@b loop2@b\n"
                              "loop2@b loop3@b b@b\n"
                              "loop3@b c@b loop1@b\n"
                              "tagged@b a@b tagged+x@b\n"
                              "unlisted@b a@b nobody@b\n"
                              "farunlist@b nobody@example.org\n"
                              "@c ./all/\n"
                              "tocatch@b x@c y@c z+a@c\n"
                              "toat@b @c\n"
                              "cmd@b |/bin/x  -y\n"
                              "cmd2@b |/bin/z\n"
                              "every@b ||/bin/x\n"
                              "own@b |./file/prog -x\n"
                              "own2@b ||a/none\n"
                              "viaown@b a@b own@b\n"
                              "viacmd@b a@b cmd+tag@b\n"
                              "cmds@b a@b cmd@b cmd2@b\n"
                              "cmdtags@b cmd@b cmd+t@b\n"
                              "@d |/bin/all\n"
                              "file@b ./file/\n"
                              "viafile@b a@b file@b\n"
                              "fullfile@b full@b file@b\n"
                              "below@b ./file/below/\n"
                              "postmaster ./pm/\n"
                              "topm@b postmaster\n"
                              "topmhere@b POSTMASTER@mx.example\n";

/* Postmaster without a line of its own. */
static const char pass[] = "@mx.example null@b\n"
                           "* wait 9 x@mx.example late@b\n"
                           "a@b ./a/\n"
                           "b@b ./b/\n"
                           "null@b discard\n"
                           "late@b data 451 4.3.0 not now\n"
                           "topm@b b@b postmaster\n"
                           "same@b a@b wait@b Postmaster@mx.example\n"
                           "wait@b wait 2 a@b\n"
                           "latepm@b late@b postmaster\n"
                           "pmlate@b postmaster late@b\n";

/* A recipient, the result, and what is added: Maildirs, commands with their
 * environment, and the refusal; otherwise the reply or the reason.  SMTP and
 * LMTP differ in the number of commands. */
struct row {
	const char *to;
	enum recipient_result result;
	unsigned wait;
	const char *shown;
};

#define ADDED    RECIPIENT_ADDED
#define FAILED   RECIPIENT_FAILED
#define UNLISTED "an alias names an address that is not listed"
#define UNKNOWN_ACTION                                                         \
	"unknown action: expected ./dir/, |/command, addresses or a refusal "  \
	"code"

static const struct row rows[] = {
	/* clang-format off */
	{ "a@b", ADDED, 0, "a" },
	{ "A+x@B", ADDED, 0, "a" },
	{ "c@b", ADDED, 0, "c@b" },
	{ "two@b", ADDED, 0, "a b" },
	{ "dup@b", ADDED, 0, "a b" },
	{ "nest@b", ADDED, 0, "a b c@b" },
	{ "x@c", ADDED, 0, "all" },
	{ "tocatch@b", ADDED, 0, "all" },
	{ "toat@b", ADDED, 0, "all" },
	{ "waits@b", ADDED, 9, "w5 b" },
	{ "nobody@b", RECIPIENT_UNKNOWN, 0, "" },
	{ "gone@b", RECIPIENT_CLOSE, 1, "" },
	{ "viagone@b", RECIPIENT_CLOSE, 1, "" },
	{ "full@b", RECIPIENT_REFUSED, 4, "452 4.2.2 mailbox full" },
	{ "viafull@b", RECIPIENT_REFUSED, 4, "452 4.2.2 mailbox full" },
	{ "fulllast@b", FAILED, 60, UNLISTED },
	{ "fullfile@b", RECIPIENT_REFUSED, 4, "452 4.2.2 mailbox full" },
	{ "late@b", ADDED, 0, "\"451 4.3.0 not now\"" },
	{ "vialate@b", ADDED, 0, "a b \"451 4.3.0 not now\"" },
	{ "bothlate@b", ADDED, 0, "\"554 5.6.0 never\"" },
	{ "bad@b", FAILED, 0, UNKNOWN_ACTION },
	{ "viabad@b", FAILED, 0, UNKNOWN_ACTION },
	{ "loop@b", FAILED, 0, "aliases are nested more than ten deep" },
	{ "loop1@b", FAILED, 0, "aliases are nested more than ten deep" },
	{ "tagged@b", FAILED, 0, "aliases are nested more than ten deep" },
	{ "unlisted@b", FAILED, 0, UNLISTED },
	{ "farunlist@b", FAILED, 0, UNLISTED },
	{ "file@b", FAILED, 0, "file" },
	{ "viafile@b", FAILED, 0, "file" },
	{ "below@b", FAILED, 0, "file/below" },
	{ "Postmaster", ADDED, 0, "pm" },
	{ "postmaster@MX.example", ADDED, 0, "pm" },
	{ "topm@b", ADDED, 0, "pm" },
	{ "topmhere@b", ADDED, 0, "pm" },
	{ "postmaster@b", RECIPIENT_UNKNOWN, 0, "" },
	{ "cmd@b", FAILED, 0, "commands need --commands" },
	{ "viacmd@b", FAILED, 0, "commands need --commands" },
	{ "x@d", FAILED, 0, "commands need --commands" },
	/* clang-format on */
};

static const struct row passing[] = {
	/* clang-format off */
	{ "Postmaster", ADDED, 0, "a" },
	{ "postmaster@MX.example", ADDED, 0, "a" },
	{ "topm@b", ADDED, 0, "b a" },
	{ "same@b", ADDED, 2, "a" },
	{ "latepm@b", ADDED, 0, "a \"451 4.3.0 not now\"" },
	{ "pmlate@b", ADDED, 0, "a \"451 4.3.0 not now\"" },
	{ "x@mx.example", ADDED, 0, "" },
	{ "y@z", ADDED, 9, "\"451 4.3.0 not now\"" },
	/* clang-format on */
};

static const struct row commands[] = {
	/* clang-format off */
	{ "Cmd+Tag+2@B", ADDED, 0,
	    "[/bin/x -y|cmd@b|Cmd+Tag+2@B|Cmd|Tag+2|B]" },
	{ "\"c\\md+q\"@b", ADDED, 0,
	    "[/bin/x -y|cmd@b|cmd+q@b|cmd|q|b]" },
	{ "viacmd@b", ADDED, 0, "a [/bin/x -y|cmd@b|cmd+tag@b|cmd|tag|b]" },
	{ "+a+b@d", ADDED, 0, "[/bin/all|@d|+a+b@d|+a|b|d]" },
	{ "\"a b\"@d", ADDED, 0, "[/bin/all|@d|a b@d|a b||d]" },
	{ "cmds@b", ADDED, 0,
	    "a [/bin/x -y|cmd@b|cmd@b|cmd||b] [/bin/z|cmd2@b|cmd2@b|cmd2||b]" },
	{ "cmdtags@b", ADDED, 0,
	    "[/bin/x -y|cmd@b|cmd@b|cmd||b] "
	    "[/bin/x -y|cmd@b|cmd+t@b|cmd|t|b]" },
	{ "own@b", FAILED, 0, RECIPIENT_REPLACEABLE },
	{ "own2@b", FAILED, 0, RECIPIENT_REPLACEABLE },
	{ "viaown@b", FAILED, 0, RECIPIENT_REPLACEABLE },
	{ "every+x@b", ADDED, 0, "[||/bin/x|every@b|every+x@b|every|x|b]" },
	/* clang-format on */
};

static void
show_command(struct text *t, const struct envelope_command *c)
{
	const char *const parts[] = { c->for_all ? "[||" : "[", c->line, "|",
		c->recipient, "|", c->address, "|", c->local, "|", c->extension,
		"|", c->domain, "]" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		text_add(t, parts[i]);
}

/* Prints where the last recipient's mail goes. */
static void
show_last(const struct envelope *e, struct text *t)
{
	const struct envelope_rcpt *rcpt = &e->rcpt[e->rcpts - 1];
	size_t i;
	int use;

	for (i = 0; i < rcpt->n; i++) {
		use = e->use[rcpt->first + i];
		text_add(t, t->n > 0 ? " " : "");
		if (use >= 0)
			text_add(t, e->box[use].name);
		else
			show_command(t, &e->command[~use]);
	}
	if (!rcpt->refusal)
		return;
	text_add(t, t->n > 0 ? " \"" : "\"");
	text_add(t, rcpt->refusal);
	text_char(t, '"');
}

static struct span
show(struct bench *b, enum recipient_result result)
{
	struct text t = text_in(b->shown, sizeof(b->shown));

	if (result == ADDED)
		show_last(&b->now, &t);
	else if (result == RECIPIENT_REFUSED)
		text_add(&t, b->r.words);
	else if (result == FAILED)
		text_add(&t, b->r.reason);
	return text_span_of(&t);
}

/* Asks in both ways; only an added recipient changes the envelope. */
static void
ask(struct unit *u, struct bench *b, const struct row *want)
{
	char buffer[SHOWN_MAX], unquoted[PATH_MAX_OCTETS];
	struct span name = span_of(want->to);
	enum recipient_result got;
	struct users_address a;
	struct span rest;
	struct path to;

	snprintf(buffer, sizeof(buffer), "<%s>", want->to);
	if (path_parse(span_of(buffer), &to, &rest) != PATH_OK)
		_exit(2);
	a = (struct users_address){ path_local(&to, unquoted), to.domain };
	b->before = b->now;
	got = recipient_try(&b->r, &b->now, &a);
	EXPECT_NUMBER(u, name, got, want->result);
	EXPECT_TRUE(u, span_of("tried only"),
	    envelope_same(&b->now, &b->before));
	b->r.wait = 77;
	got = recipient_add(&b->r, &b->now, &to);
	EXPECT_NUMBER(u, name, got, want->result);
	EXPECT_NUMBER(u, name, b->r.wait, want->wait);
	EXPECT_SPAN(u, name, show(b, got), span_of(want->shown));
	if (got != ADDED)
		EXPECT_TRUE(u, name, envelope_same(&b->now, &b->before));
	else
		EXPECT_SPAN(u, name, span_of(b->now.rcpt[b->before.rcpts].path),
		    name);
}

static void
ask_all(struct unit *u, struct bench *b, const struct row r[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ask(u, b, &r[i]);
}

/* The monitor finds a command by the offset of its line. */
static void
offsets(struct unit *u, const struct envelope *e)
{
	size_t i, n;

	for (i = 0; i < e->commands; i++) {
		n = strlen(e->command[i].recipient);
		EXPECT_SPAN(u, span_of("the line at the offset"),
		    ((struct span){ content + e->command[i].offset, n }),
		    span_of(e->command[i].recipient));
	}
}

/* On an envelope that already has a recipient with the Maildir b, and again on
 * the result; or each on an empty one. */
static void
tables(struct unit *u, struct bench *b)
{
	const size_t n = sizeof(rows) / sizeof(*rows);
	struct file_id id;

	envelope_start(&b->now, span_of("sender@example.org"));
	envelope_begin(&b->now, span_of("first@b"));
	maildir_ready(b->site.mail, "b", &id);
	envelope_add_box(&b->now, "b", &id);
	envelope_commit(&b->now);
	ask_all(u, b, rows, n);
	ask_all(u, b, rows, n);
	EXPECT_SPAN(u, span_of("the first one"), span_of(b->now.rcpt[0].path),
	    span_of("first@b"));
	b->r.may_command = true;
	ask_all(u, b, commands, sizeof(commands) / sizeof(*commands));
	offsets(u, &b->now);
}

static void
open_users(struct bench *b, const char *lines)
{
	scratch_write(&b->scratch, span_of(lines));
	if (users_open(&b->r.users, b->scratch.file) < 0)
		_exit(2);
}

/* What Postmaster passes over leaves nothing in the envelope, nor does it
 * change what the alias before it has added. */
static void
postmaster(struct unit *u, struct bench *b)
{
	const size_t n = sizeof(passing) / sizeof(*passing);

	close(b->r.users.list.fd);
	open_users(b, pass);
	envelope_start(&b->now, span_of("sender@example.org"));
	ask_all(u, b, passing, n);
	ask_all(u, b, passing, n);
}

/* A wrong value in each result is detected. */
static void
wrong_answers(struct unit *u, struct bench *b)
{
	static const struct row wrong = { "a@b", FAILED, 1, "b" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, b, &wrong);
	EXPECT_NUMBER(u, span_of("four wrong answers"), inner.failures, 4);
	close(inner.out);
}

int
main(void)
{
	static struct bench bench;
	struct unit u = { .out = STDOUT_FILENO };

	os_start(true, false);
	scratch_open(&bench.scratch);
	bench.r.site = &bench.site;
	bench.site.host = span_of("mx.example");
	bench.r.max = ENVELOPE_MAX;
	bench.site.mail = open(bench.scratch.dir, O_RDONLY | O_DIRECTORY);
	if (chdir(bench.scratch.dir) < 0)
		_exit(2);
	open_users(&bench, content);
	tables(&u, &bench);
	postmaster(&u, &bench);
	wrong_answers(&u, &bench);
	scratch_close(&bench.scratch);
	return unit_end(&u);
}
