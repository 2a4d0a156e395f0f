/* delivery: commands run before any link is made, since they cannot be undone,
 * and their results are those of their recipients. */
#include <sys/resource.h>

#include "base/os.h"
#include "delivery_fixture.h"

/* The commands `0` to `>`, after `/bin/sh DIR/script DIR`.  Those with a bar
 * are `||` lines. */
static const char *const commands[DELIVERY_FIXTURE_COMMANDS] = { "exit 0",
	"exit 1", "exit 65", "exit 100", "killed", "ran", "look", "read one",
	"read two", "sleep", "none", "|ran", "|all", "say 65 550 5.7.1 No spam",
	"say 75 550 5.7.1 No spam" };

enum { NO_PROGRAM = ':' - '0' };

static const char script[] = "cd $1\n"
                             "case $2 in\n"
                             "exit) exit $3 ;;\n"
                             "killed) kill -9 $$ ;;\n"
                             "ran) echo >>ran ;;\n"
                             "look) ls [a-z]/new/* >>seen 2>/dev/null || : ;;\n"
                             "read) cat >$3; env >env ;;\n"
                             "all) cat >one; cat <&3 >to; env >env ;;\n"
                             "say) code=$3; shift 3; echo $* >&2\n"
                             "  exit $code ;;\n"
                             "sleep) sleep 60 & wait ;;\n"
                             "esac\n";

static const struct delivery_fixture_row rows[] = {
	{ "0", "+", "", "+", "" },
	{ "a 0", "+", "a", "++", "a" },
	{ "0 a", "+", "a", "++", "a" },
	{ "a0b", "+", "ab", "+", "ab" },
	{ "a 1", "T", "", "+T", "a" },
	{ "1 a", "T", "", "T+", "a" },
	{ "a1b", "T", "", "T", "" },
	{ "a1 a", "T", "", "T+", "a" },
	{ "a 2", "N", "", "+N", "a" },
	{ "2a b", "N", "", "N+", "b" },
	{ "a 3", "N", "", "+N", "a" },
	{ "a 4", "T", "", "+T", "a" },
	{ "a 0 Z", "F", "", "++F", "a" },
	{ "a0Z", "F", "", "F", "" },
	{ "! 0 a", "!", "", "!++", "a" },
	{ "1 !", "!", "", "T!", "" },
	/* The first of several that fails decides. */
	{ "0 5 a", "+", "a", "+++", "a" },
	{ "0 1 2 a", "T", "", "+TN+", "a" },
	{ "0 2 1 a", "N", "", "+NT+", "a" },
	{ "01 10 a", "T", "", "TT+", "a" },
	{ "a 21", "N", "", "+N", "a" },
	/* For all recipients. */
	{ "; ; a", "+", "a", "+++", "a" },
	{ ";1 ; a", "T", "", "T++", "a" },
	{ "= a >", "N", "", "N+T", "a" },
};

static void
write_script(const struct delivery_fixture *m)
{
	int fd = file_open(m->site.mail, "script", O_WRONLY | O_CREAT);

	if (fd < 0 || file_write_all(fd, script, sizeof(script) - 1) < 0)
		abort();
	close(fd);
}

static void
again(struct delivery_fixture *m)
{
	delivery_fixture_again(m);
	write_script(m);
}

static void
write_commands(struct delivery_fixture *m)
{
	size_t i;

	for (i = 0; i < DELIVERY_FIXTURE_COMMANDS; i++)
		if (snprintf(m->command[i].line, sizeof(m->command[i].line),
		        "%s/bin/sh %s/script %s %s",
		        *commands[i] == '|' ? "||" : "|", m->scratch.dir,
		        m->scratch.dir,
		        commands[i] + (*commands[i] == '|')) < 0)
			abort();
	strcpy(m->command[NO_PROGRAM].line, "|/no/such/command x");
}

/* The size of this file in the mail directory. */
static size_t
size_of(const struct delivery_fixture *m, const char *file)
{
	struct stat st;

	return fstatat(m->site.mail, file, &st, 0) < 0 ? 0 : (size_t)st.st_size;
}

static void
deliver(struct unit *u, struct delivery_fixture *m,
    const struct delivery_fixture_row *r, bool per_recipient)
{
	again(m);
	delivery_fixture_expect(u, m, r, per_recipient);
}

/* The command that failed, and its status. */
static void
statuses(struct unit *u, struct delivery_fixture *m)
{
	static const int want[] = { 0, 1, 65, 100, 128 + 9 };
	const struct delivery_outcome *o = m->delivery.outcome;
	size_t i;

	again(m);
	delivery_fixture_deliver(m, "0 1 2 3 4", true);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		EXPECT_NUMBER(u, span_of("status"), (unsigned)o[i].status,
		    (unsigned)want[i]);
		EXPECT_TRUE(u, span_of("command"),
		    o[i].command == &m->envelope.command[i] && !o[i].words);
	}
	again(m);
	delivery_fixture_deliver(m, "a :", false);
	EXPECT_NUMBER(u, span_of("none of that name"), o[0].result,
	    DELIVERY_COMMAND_FAILS);
	EXPECT_NUMBER(u, span_of("nobody has it"),
	    delivery_fixture_count(m, "a"), 0);
	again(m);
	delivery_fixture_deliver(m, "= >", true);
	EXPECT_SPAN(u, span_of("its last line is the reply"),
	    span_of(o[0].words ? o[0].words : ""),
	    span_of("550 5.7.1 No spam"));
	EXPECT_TRUE(u, span_of("not of another class"), !o[1].words);
}

/* A recipient that is refused already runs no command, and the same command
 * runs once, for all its recipients (envelope.h). */
static void
runs(struct unit *u, struct delivery_fixture *m)
{
	static const struct {
		const char *recipients;
		bool per_recipient;
		unsigned times;
	} table[] = {
		{ "5", false, 1 },
		{ "a 5", true, 1 },
		{ "! 5", false, 0 },
		{ "5 !", false, 0 },
		{ "5!", true, 0 },
		{ "5 5", false, 1 },
		{ "5 5", true, 1 },
		{ "15", true, 0 },
		/* Those after one that fails are not begun. */
		{ "1 5", false, 0 },
		{ "5 1", false, 1 },
		{ "1 5", true, 1 },
		{ "; a ; ;;", false, 1 },
		{ "; a ; ;;", true, 1 },
		{ "!; ;", true, 1 },
		{ "; 5 ;", false, 2 },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		again(m);
		delivery_fixture_deliver(m, table[i].recipients,
		    table[i].per_recipient);
		EXPECT_NUMBER(u, span_of(table[i].recipients),
		    size_of(m, "ran"), table[i].times);
	}
	again(m);
	delivery_fixture_start(m, "5 5");
	delivery_fixture_receive(m);
	m->spool.error = 5;
	delivery_run(&m->delivery, &m->envelope, &m->spool);
	EXPECT_NUMBER(u, span_of("a broken spool"), size_of(m, "ran"), 0);
}

/* While a command runs no Maildir has the message (contract, section 5). */
static void
before_any_link(struct unit *u, struct delivery_fixture *m)
{
	static const char *const recipients[] = { "a 6", "6 a", "a6", "a6b",
		"a b 6 c" };
	size_t i;
	int per_recipient;

	for (i = 0; i < sizeof(recipients) / sizeof(*recipients); i++)
		for (per_recipient = 0; per_recipient < 2; per_recipient++) {
			again(m);
			delivery_fixture_deliver(m, recipients[i],
			    per_recipient);
			EXPECT_NUMBER(u, span_of(recipients[i]),
			    size_of(m, "seen"), 0);
		}
	again(m);
	delivery_fixture_deliver(m, "a", false);
	delivery_fixture_deliver(m, "6", false);
	EXPECT_TRUE(u, span_of("but it can look"), size_of(m, "seen") > 0);
}

/* FILE, which a command wrote, is the message. */
static void
expect_message(struct unit *u, struct delivery_fixture *m, const char *file)
{
	int fd = file_open(m->site.mail, file, O_RDONLY);
	ssize_t n = file_read_at(fd, m->copy, sizeof(m->copy), 0);

	close(fd);
	EXPECT_NUMBER(u, span_of(file), (uint64_t)n, sizeof(m->message));
	EXPECT_TRUE(u, span_of(file),
	    !memcmp(m->copy, m->message, sizeof(m->message)));
}

/* Each reads the message from start to end, with its recipient's
 * environment. */
static void
reads(struct unit *u, struct delivery_fixture *m)
{
	static const char *const variables[] = {
		"\nSENDER=sender@example.org\n", "\nRECIPIENT=c@b\n",
		"\nLOCAL=c\n", "\nEXTENSION=\n", "\nDOMAIN=b\n"
	};
	static const char *const files[] = { "one", "two" };
	size_t i;
	ssize_t n;
	int fd;

	again(m);
	delivery_fixture_deliver(m, "7 a 8", true);
	for (i = 0; i < 2; i++)
		expect_message(u, m, files[i]);
	fd = file_open(m->site.mail, "env", O_RDONLY);
	m->copy[0] = '\n';
	n = file_read_at(fd, m->copy + 1, sizeof(m->copy) - 2, 0);
	close(fd);
	m->copy[n > 0 ? n + 1 : 0] = '\0';
	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		EXPECT_TRUE(u, span_of(variables[i]),
		    strstr(m->copy, variables[i]));
}

/* A `||` command gets the message and the addresses, each once, of all its
 * recipients that are not refused. */
static void
reads_all(struct unit *u, struct delivery_fixture *m)
{
	static const struct {
		const char *recipients;
		struct span to;
	} table[] = {
		{ "<", LITERAL("Fsender@example.org\0Tc0@b\0") },
		{ "< a <<", LITERAL("Fsender@example.org\0Tc0@b\0Tc2@b\0") },
		{ "!< < ;", LITERAL("Fsender@example.org\0Tc1@b\0") },
		/* No reply is sent for the third. */
		{ "< - <", LITERAL("Fsender@example.org\0Tc0@b\0") },
	};
	char got[256] = "";
	struct span want;
	size_t i;
	ssize_t n;
	int fd;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		again(m);
		delivery_fixture_deliver(m, table[i].recipients, true);
		fd = file_open(m->site.mail, "to", O_RDONLY);
		n = file_read_at(fd, got, sizeof(got), 0);
		close(fd);
		want = table[i].to;
		want.n++; /* the NUL after the literal ends the envelope */
		EXPECT_SPAN(u, want,
		    ((struct span){ got, n > 0 ? (size_t)n : 0 }), want);
		EXPECT_NUMBER(u, span_of("the message"), size_of(m, "one"),
		    sizeof(m->message));
	}
	fd = file_open(m->site.mail, "env", O_RDONLY);
	n = file_read_at(fd, m->copy, sizeof(m->copy) - 1, 0);
	close(fd);
	m->copy[n > 0 ? n : 0] = '\0';
	EXPECT_TRUE(u, span_of("no recipient in its environment"),
	    strstr(m->copy, "SENDER=") && !strstr(m->copy, "RECIPIENT=") &&
	        !strstr(m->copy, "LOCAL=") && !strstr(m->copy, "DOMAIN="));
}

static void
limit_files(rlim_t octets)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		abort();
	limit.rlim_cur = octets < limit.rlim_max ? octets : limit.rlim_max;
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		abort();
}

/* The exchange got a part of a message only: the next message is whole. */
static void
half_exchange(struct unit *u, struct delivery_fixture *m)
{
	char outcomes[ENVELOPE_MAX];

	again(m);
	if (spool_begin(&m->spool) < 0)
		abort();
	spool_end(&m->spool); /* the exchange is empty */
	if (lseek(m->monitor.requests.exchange, 100000, SEEK_SET) < 0)
		abort();
	limit_files(180000);
	delivery_fixture_deliver(m, "7", true);
	limit_files(RLIM_INFINITY);
	EXPECT_SPAN(u, span_of("no room in the exchange"),
	    delivery_fixture_outcomes(m, outcomes), span_of("F"));
	delivery_fixture_deliver(m, "7", true);
	EXPECT_SPAN(u, span_of("and again"),
	    delivery_fixture_outcomes(m, outcomes), span_of("+"));
	expect_message(u, m, "one");
}

/* A copy of the message has no envelope, which follows it. */
static void
copies(struct unit *u, struct delivery_fixture *m)
{
	struct runner_input in = { .sender = m->envelope.sender };
	struct stat st;

	again(m);
	delivery_fixture_start(m, "< a");
	delivery_fixture_receive(m);
	if (spool_finish(&m->spool) < 0 ||
	    runner_put_envelope(&m->envelope, &m->spool, 0, &in) < 0 ||
	    spool_give_name(&m->spool) < 0 || fstat(m->spool.file.fd, &st) < 0)
		abort();
	EXPECT_NUMBER(u, span_of("octets of the copy"), (uint64_t)st.st_size,
	    sizeof(m->message));
	EXPECT_TRUE(u, span_of("place of the envelope"),
	    in.envelope == sizeof(m->message) && in.envelope_n > 0);
	spool_end(&m->spool);
}

/* A command that takes too long is killed, with its children, and those after
 * it are not begun: the limit is that of all.  The Maildir gets the message. */
static void
too_long(struct unit *u, struct delivery_fixture *m)
{
	char outcomes[ENVELOPE_MAX];
	int64_t start = os_monotonic_ms();

	again(m);
	m->delivery.seconds = 1;
	delivery_fixture_deliver(m, "9 a 0", true);
	m->delivery.seconds = 10;
	EXPECT_SPAN(u, span_of("too long"),
	    delivery_fixture_outcomes(m, outcomes), span_of("T+T"));
	EXPECT_NUMBER(u, span_of("killed"),
	    (unsigned)m->delivery.outcome[0].status, 128 + 9);
	EXPECT_TRUE(u, span_of("in time"),
	    os_monotonic_ms() - start >= 1000 &&
	        os_monotonic_ms() - start < 8000);
}

/* A wrong result is detected. */
static void
wrong_answers(struct unit *u, struct delivery_fixture *m)
{
	static const struct delivery_fixture_row wrong = { "a 1", "+", "a",
		"++", "" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	deliver(&inner, m, &wrong, false);
	EXPECT_NUMBER(u, span_of("two wrong answers"), inner.failures, 2);
	deliver(&inner, m, &wrong, true);
	EXPECT_NUMBER(u, span_of("and two more"), inner.failures, 4);
	close(inner.out);
}

/* The session. */
static int
run(void *of)
{
	struct delivery_fixture *m = of;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		deliver(&u, m, &rows[i], false);
		deliver(&u, m, &rows[i], true);
	}
	statuses(&u, m);
	runs(&u, m);
	before_any_link(&u, m);
	reads(&u, m);
	reads_all(&u, m);
	half_exchange(&u, m);
	copies(&u, m);
	too_long(&u, m);
	wrong_answers(&u, m);
	return unit_end(&u);
}

int
main(void)
{
	static struct delivery_fixture room;
	int code;

	os_start(true, false);
	delivery_fixture_open(&room);
	write_commands(&room);
	code = delivery_fixture_serve(&room, run);
	scratch_close(&room.scratch);
	return code;
}
