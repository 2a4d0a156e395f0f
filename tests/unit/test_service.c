/* service: which requests a monitor serves, in which phase and with which
 * options, and what it answers.  Commands exit with a number that tells their
 * line. */
#include "service_fixture.h"

enum {
	COMMANDS = SERVICE_COMMANDS,
	TLS = SERVICE_TLS,
	TLS_ON = SERVICE_TLS_ON,
	FILTER = SERVICE_FILTER,
	AUTH = SERVICE_AUTH,
	POLICY = SERVICE_POLICY,
	REQUIRED = SERVICE_REQUIRED,
	USER = SERVICE_USER,
	FAILED = SERVICE_FAILED,
	EXCHANGE = SERVICE_EXCHANGE,
};

#define OPEN        MONITOR_OPEN
#define RUN         REQUEST_RUN
#define OUT_OF_TURN "a request out of turn"
#define UNKNOWN     "an unknown request"
#define LINE        SERVICE_LINE

static const struct service_row rows[] = {
	/* clang-format off */
	/* The phases. */
	{ "PEER", MONITOR_PROXY, 0, REQUEST_PEER, .want = "" },
	{ "PEER again", OPEN, COMMANDS, REQUEST_PEER, .want = OUT_OF_TURN },
	{ "PEER after TLS", MONITOR_TLS, TLS, REQUEST_PEER,
	    .want = OUT_OF_TURN },
	{ "CLEAR", OPEN, COMMANDS, REQUEST_CLEAR, .want = "status 0" },
	{ "CLEAR with TLS", OPEN, COMMANDS | TLS, REQUEST_CLEAR,
	    .want = "status 0" },
	{ "CLEAR before PEER", MONITOR_PROXY, COMMANDS, REQUEST_CLEAR,
	    .want = OUT_OF_TURN },
	{ "CLEAR after TLS", MONITOR_TLS, COMMANDS | TLS, REQUEST_CLEAR,
	    .want = OUT_OF_TURN },
	{ "CLEAR without --commands", OPEN, TLS, REQUEST_CLEAR,
	    .want = OUT_OF_TURN },
	{ "RUN before PEER", MONITOR_PROXY, COMMANDS, RUN, "run@b |$ 20", 0,
	    "run@b", .ms = 9000, .want = OUT_OF_TURN },
	{ "RUN after TLS", MONITOR_TLS, COMMANDS | TLS, RUN, "run@b |$ 20", 0,
	    "run@b", .ms = 9000, .want = OUT_OF_TURN },
	{ "RUN without --commands", OPEN, TLS, RUN, "run@b |$ 20", 0, "run@b",
	    .ms = 9000, .want = OUT_OF_TURN },
	{ "TLS", OPEN, TLS, REQUEST_TLS, .want = "" },
	{ "TLS and commands", OPEN, TLS | COMMANDS, REQUEST_TLS, .want = "" },
	{ "TLS before PEER", MONITOR_PROXY, TLS, REQUEST_TLS,
	    .want = OUT_OF_TURN },
	{ "TLS again", MONITOR_TLS, TLS, REQUEST_TLS, .want = OUT_OF_TURN },
	{ "TLS without --tls", OPEN, COMMANDS, REQUEST_TLS,
	    .want = OUT_OF_TURN },
	{ "TLS behind TLS", OPEN, TLS | TLS_ON, REQUEST_TLS,
	    .want = OUT_OF_TURN },
	{ "0", OPEN, COMMANDS | TLS, 0, .want = UNKNOWN },
	{ "8", OPEN, COMMANDS | TLS, 8, .want = UNKNOWN },
	{ "a high number", OPEN, COMMANDS, UINT64_MAX, .want = UNKNOWN },
	{ "RUN in the low word", OPEN, COMMANDS, 1ULL << 32 | RUN,
	    .want = UNKNOWN },
	{ "CLEAR with --filter", OPEN, FILTER, REQUEST_CLEAR,
	    .want = "status 0" },
	/* --auth-required. */
	{ "RUN before AUTH", OPEN, COMMANDS | REQUIRED, RUN, "run@b |$ 20", 0,
	    "run@b", .ms = 9000, .want = OUT_OF_TURN },
	{ "RUN after AUTH", OPEN, COMMANDS | REQUIRED | USER, RUN,
	    "run@b |$ 20", 0, "run@b", .ms = 9000, .want = "status 20" },
	/* --filter, --auth, --policy. */
	{ "FILTER", OPEN, FILTER, REQUEST_FILTER, .size = EXCHANGE,
	    .ms = 9000, .want = "status 0" },
	{ "FILTER of more", OPEN, FILTER, REQUEST_FILTER, .size = EXCHANGE + 1,
	    .ms = 9000, .want = "error EIO" },
	{ "FILTER of no envelope", OPEN, FILTER, REQUEST_FILTER, .size = 1,
	    .envelope = EXCHANGE, .envelope_n = 1, .ms = 9000,
	    .want = "error EIO" },
	{ "FILTER without --filter", OPEN, COMMANDS, REQUEST_FILTER,
	    .ms = 9000, .want = OUT_OF_TURN },
	{ "FILTER before PEER", MONITOR_PROXY, FILTER, REQUEST_FILTER,
	    .ms = 9000, .want = OUT_OF_TURN },
	{ "FILTER after TLS", MONITOR_TLS, FILTER, REQUEST_FILTER, .ms = 9000,
	    .want = OUT_OF_TURN },
	{ "AUTH", OPEN, AUTH, REQUEST_AUTH, .recipient = "user",
	    .want = "status 0" },
	{ "AUTH of another", OPEN, AUTH, REQUEST_AUTH, .recipient = "use",
	    .want = "status 1" },
	{ "AUTH after it", OPEN, AUTH | USER, REQUEST_AUTH,
	    .recipient = "user", .want = OUT_OF_TURN },
	{ "AUTH too often", OPEN, AUTH | FAILED, REQUEST_AUTH,
	    .recipient = "user", .want = OUT_OF_TURN },
	{ "AUTH without --auth", OPEN, COMMANDS, REQUEST_AUTH,
	    .want = OUT_OF_TURN },
	{ "AUTH before PEER", MONITOR_PROXY, AUTH, REQUEST_AUTH,
	    .want = OUT_OF_TURN },
	{ "AUTH after TLS", MONITOR_TLS, AUTH, REQUEST_AUTH,
	    .want = OUT_OF_TURN },
	{ "POLICY without --policy", OPEN, COMMANDS, REQUEST_POLICY,
	    .want = OUT_OF_TURN },
	{ "POLICY before PEER", MONITOR_PROXY, POLICY, REQUEST_POLICY,
	    .want = OUT_OF_TURN },
	{ "POLICY after TLS", MONITOR_TLS, POLICY, REQUEST_POLICY,
	    .want = OUT_OF_TURN },
	{ "POLICY of another number", OPEN, POLICY, REQUEST_POLICY, .size = 2,
	    .want = "error EINVAL" },
	{ "POLICY of a high number", OPEN, POLICY, REQUEST_POLICY,
	    .size = UINT64_MAX, .want = "error EINVAL" },
	/* Lines. */
	{ "a line", LINE("run@b |$ 20", "run@b"), "status 20" },
	{ "in other letters", LINE("run@b |$ 20", "RUN@B"), "status 20" },
	{ "a later line", LINE("run@b |$ 29", "run@b"), "status 29" },
	{ "for all", LINE("all@b", "all@b"), "status 21" },
	{ "after a wait", LINE("late@b", "late@b"), "status 22" },
	{ "a domain", LINE("@domain", "@domain"), "status 24" },
	{ "CRLF", LINE("crlf@b", "crlf@b"), "status 27" },
	{ "the last line", LINE("last@b", "last@b"), "status 30" },
	{ "indented", LINE("  indented@b", "indented@b"), "status 23" },
	{ "no such program", LINE("none@b", "none@b"), "status 75" },
	{ "another key", LINE("run@b |$ 20", "all@b"), "error ESTALE" },
	{ "a part of the key", LINE("run@b |$ 20", "run@"), "error ESTALE" },
	{ "no key", LINE("run@b |$ 20", ""), "error ESTALE" },
	{ "a blank line before", LINE("\n@domain", "@domain"),
	    "error ESTALE" },
	{ "a comment", LINE("# run@b", "run@b"), "error ESTALE" },
	{ "a comment as key", LINE("# run@b", "#"), "error ESTALE" },
	{ "in a comment", OPEN, COMMANDS, RUN, "# run@b", 2, "run@b",
	    .ms = 9000, .want = "error ESTALE" },
	{ "in mid-line", LINE("b |$ 20", "b"), "error ESTALE" },
	{ "an octet before", OPEN, COMMANDS, RUN, "run@b |$ 20", -1, "run@b",
	    .ms = 9000, .want = "error ESTALE" },
	{ "an octet after", OPEN, COMMANDS, RUN, "run@b |$ 20", 1, "un@b",
	    .ms = 9000, .want = "error ESTALE" },
	{ "within the indent", OPEN, COMMANDS, RUN, "  indented@b", 1,
	    "indented@b", .ms = 9000, .want = "error ESTALE" },
	{ "the line end", LINE("\nall@b", "all@b"), "error ESTALE" },
	{ "a Maildir", LINE("box@b", "box@b"), "error ESTALE" },
	{ "an address alone", LINE("bare@b", "bare@b"), "error ESTALE" },
	{ "an alias", LINE("alias@b", "alias@b"), "error ESTALE" },
	{ "a refusal", LINE("refuse@b", "refuse@b"), "error ESTALE" },
	{ "everybody", LINE("* |", "*"), "error ESTALE" },
	{ "everybody who is authenticated", OPEN, COMMANDS | REQUIRED | USER,
	    RUN, "* |", 0, "*", .ms = 9000, .want = "status 25" },
	{ "a sender", LINE("from:", "from:sender@b"), "error ESTALE" },
	{ "no command", LINE("bad@b", "bad@b"), "error ESTALE" },
	{ "the end", OPEN, COMMANDS, RUN, "30", 2, "run@b", .ms = 9000,
	    .want = "error ESTALE" },
	{ "beyond the end", OPEN, COMMANDS, RUN, "30", 1000, "run@b",
	    .ms = 9000, .want = "error ESTALE" },
	{ "far beyond it", OPEN, COMMANDS, RUN, NULL, -1, "run@b", .ms = 9000,
	    .want = "error ESTALE" },
	{ "the start", OPEN, COMMANDS, RUN, NULL, 0, "run@b", .ms = 9000,
	    .want = "error ESTALE" },
	/* Programs that the session could write. */
	{ "below mail", LINE("own@b", "own@b"), "error EPERM" },
	{ "not there yet", LINE("own2@b", "own2@b"), "error EPERM" },
	/* Sizes. */
	{ "the whole exchange", OPEN, COMMANDS, RUN, "run@b |$ 20", 0, "run@b",
	    EXCHANGE, .ms = 9000, .want = "status 20" },
	{ "more", OPEN, COMMANDS, RUN, "run@b |$ 20", 0, "run@b",
	    EXCHANGE + 1, .ms = 9000, .want = "error EIO" },
	{ "the most", OPEN, COMMANDS, RUN, "run@b |$ 20", 0, "run@b",
	    UINT64_MAX, .ms = 9000, .want = "error EIO" },
	{ "an envelope", OPEN, COMMANDS, RUN, "all@b", 0, "all@b", 60, 60, 40,
	    9000, "status 21" },
	{ "a longer one", OPEN, COMMANDS, RUN, "all@b", 0, "all@b", 60, 60, 41,
	    9000, "error EIO" },
	{ "beyond the exchange", OPEN, COMMANDS, RUN, "all@b", 0, "all@b", 60,
	    EXCHANGE + 1, 1, 9000, "error EIO" },
	{ "at no offset", OPEN, COMMANDS, RUN, "all@b", 0, "all@b", 60,
	    UINT64_MAX, 2, 9000, "error EINVAL" },
	{ "not for all: it is not read", OPEN, COMMANDS, RUN, "run@b |$ 20", 0,
	    "run@b", 60, UINT64_MAX, 2, 9000, "status 20" },
	/* Time. */
	{ "no time", OPEN, COMMANDS, RUN, "slow@b", 0, "slow@b", .ms = 0,
	    .want = "status 137" },
	{ "too slow", OPEN, COMMANDS, RUN, "slow@b", 0, "slow@b", .ms = 100,
	    .want = "status 137" },
	{ "limited by --command-time", OPEN, COMMANDS, RUN, "slow@b", 0,
	    "slow@b", .ms = UINT64_MAX, .want = "status 137" },
	/* clang-format on */
};

static void
ask(struct unit *u, struct service_fixture *b, const struct service_row *r)
{
	struct answer a = { 0 };

	service_set(b, r);
	EXPECT_SPAN(u, span_of(r->name), service_serve(b, &a),
	    span_of(r->want));
	EXPECT_TRUE(u, span_of("words of a command that ran"),
	    (strcmp(a.words, "550 5.1.1 words") == 0) ==
	        (!a.error && a.status >= 20 && a.status <= 30));
	EXPECT_TRUE(u, span_of("the session lives"), !b->monitor.ended);
}

/* The strings, and whether they are looked at before anything is done. */
static const struct {
	const char *name;
	size_t at, n;
} texts[] = {
/* clang-format off */
#define TEXT(member)                                                           \
	{ #member, offsetof(struct request, member),                           \
	    sizeof(((struct request *)NULL)->member) }
	TEXT(address), TEXT(id), TEXT(helo), TEXT(protocol), TEXT(sender),
	TEXT(recipient), TEXT(local), TEXT(extension), TEXT(domain),
	TEXT(user),
#undef TEXT
	/* clang-format on */
};

static void
bad_texts(struct unit *u, struct service_fixture *b)
{
	static const struct service_row base = { .name = "CLEAR",
		.phase = OPEN,
		.options = COMMANDS,
		.kind = REQUEST_CLEAR };
	static const char bad[] = "\n\r\t\x01\x1f\x7f";
	struct answer a;
	struct span name;
	struct stat st;
	char *text;
	size_t i, k;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		name = span_of(texts[i].name);
		text = (char *)&b->monitor.request + texts[i].at;
		service_set(b, &base);
		memset(text, 'x', texts[i].n);
		EXPECT_SPAN(u, name, service_serve(b, &a),
		    span_of("an invalid request"));
		for (k = 0; k < sizeof(bad) - 1; k++) {
			service_set(b, &base);
			text[0] = 'x';
			text[1] = bad[k];
			EXPECT_SPAN(u, name, service_serve(b, &a),
			    span_of("an invalid request"));
		}
		service_must(fstat(b->exchange, &st) == 0);
		EXPECT_NUMBER(u, span_of("nothing was done"),
		    (uint64_t)st.st_size, EXCHANGE);
		service_set(b, &base);
		memset(text, 0xff, texts[i].n - 1);
		text[texts[i].n - 1] = '\0';
		EXPECT_SPAN(u, name, service_serve(b, &a), span_of("status 0"));
		service_set(b, &base);
		text[0] = '\0';
		text[1] = '\n'; /* behind the end */
		EXPECT_SPAN(u, name, service_serve(b, &a), span_of("status 0"));
	}
}

/* A password may have control octets. */
static void
passwords(struct unit *u, struct service_fixture *b)
{
	static const struct service_row base = { .name = "CLEAR",
		.phase = OPEN,
		.options = COMMANDS,
		.kind = REQUEST_CLEAR };
	struct answer a;

	service_set(b, &base);
	memset(b->monitor.request.password, '\n', REQUEST_PASSWORD_MAX);
	EXPECT_SPAN(u, span_of("a password"), service_serve(b, &a),
	    span_of("status 0"));
	b->monitor.request.password[REQUEST_PASSWORD_MAX] = '\n';
	EXPECT_SPAN(u, span_of("a password without an end"),
	    service_serve(b, &a), span_of("an invalid request"));
}

static void
wrong_answers(struct unit *u, struct service_fixture *b)
{
	static const struct service_row wrong = { "wrong",
		LINE("run@b |$ 20", "run@b"), "status 21" };
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };

	ask(&inner, b, &wrong);
	EXPECT_NUMBER(u, span_of("a wrong answer"), inner.failures, 1);
	close(inner.out);
}

int
main(void)
{
	static struct service_fixture bench;
	struct unit u = { .out = STDOUT_FILENO };
	size_t i;

	service_must(os_start(true, false) == 0);
	service_start(&bench);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ask(&u, &bench, &rows[i]);
	bad_texts(&u, &bench);
	passwords(&u, &bench);
	wrong_answers(&u, &bench);
	service_end(&bench);
	return unit_end(&u);
}
