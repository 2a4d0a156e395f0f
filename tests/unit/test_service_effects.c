/* service: what the requests of a session leave behind in its monitor, what
 * they find in a users file that has changed, and the end of a session. */
#include "service_fixture.h"

#define OPEN MONITOR_OPEN

/* A yes stays, a no is counted and waited for, and the password is wiped. */
static void
auth_effects(struct unit *u, struct service_fixture *b)
{
	static const struct service_row yes = { .phase = OPEN,
		.options = SERVICE_AUTH,
		.kind = REQUEST_AUTH,
		.recipient = "user" };
	struct monitor *m = &b->monitor;
	int64_t start = os_monotonic_ms();
	struct answer a;

	service_set(b, &yes);
	strcpy(m->request.password, "Pass");
	EXPECT_SPAN(u, span_of("no"), service_serve(b, &a),
	    span_of("status 1"));
	EXPECT_TRUE(u, span_of("nobody"), !m->user[0] && m->auth_failures == 1);
	EXPECT_TRUE(u, span_of("after a second"),
	    os_monotonic_ms() - start >= 1000);
	EXPECT_SPAN(u, span_of("wiped"), span_of(m->request.password),
	    span_of(""));
	strcpy(m->request.password, "pass");
	EXPECT_SPAN(u, span_of("yes"), service_serve(b, &a),
	    span_of("status 0"));
	EXPECT_SPAN(u, span_of("somebody"), span_of(m->user), span_of("user"));
	EXPECT_SPAN(u, span_of("wiped"), span_of(m->request.password),
	    span_of(""));
}

/* What the filter prints takes the place of the message. */
static void
filter_effects(struct unit *u, struct service_fixture *b)
{
	char got[SERVICE_EXCHANGE + 16];
	struct answer a;
	ssize_t n;

	service_set(b,
	    &(struct service_row){ .phase = OPEN,
	        .options = SERVICE_FILTER,
	        .kind = REQUEST_FILTER,
	        .size = 5,
	        .envelope = 50,
	        .envelope_n = 1,
	        .ms = 9000 });
	EXPECT_SPAN(u, span_of("filtered"), service_serve(b, &a),
	    span_of("status 0"));
	n = pread(b->exchange, got, sizeof(got), 0);
	EXPECT_SPAN(u, span_of("in the exchange"),
	    ((struct span){ got, n > 0 ? (size_t)n : 0 }),
	    span_of("filtered\nxxxxx"));
	EXPECT_NUMBER(u, span_of("and its size"), a.size, 14);
	EXPECT_NUMBER(u, span_of("at its end"),
	    (uint64_t)lseek(b->exchange, 0, SEEK_CUR), 14);
}

/* Each policy is started once, on its pipes. */
static void
policy_effects(struct unit *u, struct service_fixture *b)
{
	struct monitor *m = &b->monitor;
	struct answer a;
	char octet = 0;
	size_t i;

	for (i = 0; i < 2; i++) {
		service_set(b,
		    &(struct service_row){ .phase = OPEN,
		        .options = SERVICE_POLICY,
		        .kind = REQUEST_POLICY,
		        .size = i });
		EXPECT_SPAN(u, span_of("started"), service_serve(b, &a),
		    span_of("status 0"));
		service_must(write(m->requests.policy[i].to, "x", 1) == 1);
		EXPECT_TRUE(u, span_of("it answers"),
		    read(m->requests.policy[i].from, &octet, 1) == 1 &&
		        octet == 'x');
		EXPECT_SPAN(u, span_of("again"), service_serve(b, &a),
		    span_of("error EINVAL"));
	}
	policy_end(m);
	EXPECT_TRUE(u, span_of("it has ended"),
	    read(m->requests.policy[0].from, &octet, 1) == 0);
}

/* What the requests leave behind. */
static void
effects(struct unit *u, struct service_fixture *b)
{
	struct monitor *m = &b->monitor;
	struct answer a;
	struct stat st;

	service_set(b,
	    &(struct service_row){ .phase = MONITOR_PROXY,
	        .kind = REQUEST_PEER });
	service_serve(b, &a);
	EXPECT_SPAN(u, span_of("the peer"), span_of(m->peer.address),
	    span_of("192.0.2.2"));
	EXPECT_NUMBER(u, span_of("its port"), m->peer.port, 4711);
	EXPECT_NUMBER(u, span_of("is known"), m->phase, MONITOR_OPEN);
	service_set(b,
	    &(struct service_row){ .phase = MONITOR_PROXY,
	        .kind = REQUEST_PEER });
	strcpy(m->request.address, "192.0.2.2 x=y");
	m->request.port = 65536;
	service_serve(b, &a);
	EXPECT_SPAN(u, span_of("no address"), span_of(m->peer.address),
	    span_of("unknown"));
	EXPECT_NUMBER(u, span_of("no port"), m->peer.port, 0);
	service_set(b,
	    &(struct service_row){ .phase = OPEN,
	        .options = SERVICE_COMMANDS,
	        .kind = REQUEST_CLEAR });
	service_must(lseek(b->exchange, 50, SEEK_SET) == 50);
	service_serve(b, &a);
	service_must(fstat(b->exchange, &st) == 0);
	EXPECT_TRUE(u, span_of("the exchange is empty"),
	    st.st_size == 0 && lseek(b->exchange, 0, SEEK_CUR) == 0);
	service_set(b,
	    &(struct service_row){ .phase = OPEN,
	        .options = SERVICE_TLS,
	        .kind = REQUEST_TLS });
	service_serve(b, &a);
	EXPECT_NUMBER(u, span_of("the helper follows"), m->phase, MONITOR_TLS);
}

/* The file is read as it is now. */
static void
changes(struct unit *u, struct service_fixture *b)
{
	static const struct service_row line = { "a line",
		SERVICE_LINE("run@b |$ 20", "run@b"), "" };
	int fd = open("users", O_RDWR);
	off_t at = (off_t)service_offset_of(b, "run@b |$ 20");
	struct answer a;

	service_must(fd >= 0);
	service_set(b, &line);
	EXPECT_SPAN(u, span_of("as it was"), service_serve(b, &a),
	    span_of("status 20"));
	service_must(
	    pwrite(fd, "r", 1, at) == 1 && pwrite(fd, "4", 1, at + 22) == 1);
	EXPECT_SPAN(u, span_of("another command"), service_serve(b, &a),
	    span_of("status 40"));
	service_must(pwrite(fd, "#", 1, at) == 1);
	EXPECT_SPAN(u, span_of("a comment"), service_serve(b, &a),
	    span_of("error ESTALE"));
	service_must(
	    pwrite(fd, "r", 1, at) == 1 && ftruncate(fd, at + 24) == 0);
	EXPECT_SPAN(u, span_of("truncated"), service_serve(b, &a),
	    span_of("error ESTALE"));
	close(fd);
}

static void
names(struct unit *u)
{
	static const char *const want[] = { NULL, "PEER", "RUN", "CLEAR", "TLS",
		"FILTER", "AUTH", "POLICY", NULL };
	struct request q = { 0 };
	const char *name;

	for (q.kind = 0; q.kind < 9; q.kind++) {
		name = service_name(&q);
		EXPECT_SPAN(u, span_of("name"), span_of(name ? name : "none"),
		    span_of(want[q.kind] ? want[q.kind] : "none"));
	}
	q.kind = UINT64_MAX;
	EXPECT_TRUE(u, span_of("no name"), !service_name(&q));
}

/* The session ends while a command runs: so does the command. */
static void
session_ends(struct unit *u, struct service_fixture *b)
{
	static const struct service_row slow = { "slow",
		SERVICE_LINE("slow@b", "slow@b"), "" };
	int64_t start = os_monotonic_ms();
	struct answer a;

	b->options.command_time = 30;
	service_set(b, &slow);
	kill(b->monitor.session, SIGKILL);
	EXPECT_SPAN(u, span_of("killed"), service_serve(b, &a),
	    span_of("status 137"));
	EXPECT_TRUE(u, span_of("it has ended"),
	    b->monitor.ended && b->monitor.status == 137);
	EXPECT_TRUE(u, span_of("soon"), os_monotonic_ms() < start + 4000);
}

/* A wrong peer is detected. */
static void
wrong_answers(struct unit *u, struct service_fixture *b)
{
	struct unit inner = { .out = open("/dev/null", O_WRONLY) };
	struct answer a;

	service_set(b,
	    &(struct service_row){ .phase = OPEN,
	        .options = SERVICE_COMMANDS,
	        .kind = REQUEST_PEER });
	EXPECT_SPAN(&inner, span_of("out of turn"), service_serve(b, &a),
	    span_of(""));
	EXPECT_NUMBER(u, span_of("a wrong answer"), inner.failures, 1);
	close(inner.out);
}

int
main(void)
{
	static struct service_fixture bench;
	struct unit u = { .out = STDOUT_FILENO };

	service_must(os_start(true, false) == 0);
	service_start(&bench);
	effects(&u, &bench);
	auth_effects(&u, &bench);
	filter_effects(&u, &bench);
	policy_effects(&u, &bench);
	names(&u);
	wrong_answers(&u, &bench);
	session_ends(&u, &bench);
	changes(&u, &bench);
	service_end(&bench);
	return unit_end(&u);
}
