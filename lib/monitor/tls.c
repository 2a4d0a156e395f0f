/* STARTTLS by exec of a TLS helper.  See tls.h. */
#include "monitor/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/os.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/options.h"
#include "smtp/peer.h"

enum {
	ARGV_MAX = 256,
	OURS = 3,     /* pointers added: own path, --tls-on, NULL */
	OURS_MAX = 4, /* variables added */
	GRACE = 60,   /* seconds */
	PATH = 4096,
};

static const char peer_variable[] = "SMTP_STDIO_PEER";
static const char start_name[] = "SMTP_STDIO_START";
static const char log_name[] = "SMTP_STDIO_LOG";

/* Splits the helper's command line into ARGV, with LINE as the buffer.  Returns
 * the number of words, or 0 if there is no word or no space (errno E2BIG). */
static size_t
split(const struct options *o, char line[static OPTIONS_COMMAND_MAX],
    char *argv[static ARGV_MAX])
{
	errno = E2BIG;
	if (o->inside_n >= ARGV_MAX - OURS)
		return 0;
	strcpy(line, o->tls); /* fits: options_parse() checked */
	return process_split(line, argv, ARGV_MAX - OURS - o->inside_n);
}

bool
tls_is_there(const struct options *o)
{
	char line[OPTIONS_COMMAND_MAX], *argv[ARGV_MAX];

	return split(o, line, argv) > 0 && process_is_executable(argv[0]);
}

/* Path of this executable: /proc/self/exe, or argv[0]. */
static char *
own_path(const struct options *o, char path[static PATH])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH - 1);

	if (n > 0)
		path[n] = '\0';
	return n > 0 && access(path, X_OK) == 0 ? path : o->self;
}

/* Sets an alarm, which survives exec: a helper that waits forever for its
 * client is killed GRACE seconds after the session's deadline. */
static void
set_alarm(const struct options *o, int64_t start)
{
	int64_t end = start / 1000 + (int64_t)(o->deadline + o->command_time);
	int64_t left = end - os_monotonic_ms() / 1000;

	alarm((unsigned)(left > 0 ? left : 0) + GRACE);
}

/* Redirects standard error to /dev/null.  If it is the connection, output of
 * the helper would be sent unencrypted within the TLS stream. */
static void
hide_connection(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		close(STDERR_FILENO);
}

void
tls_exec_helper(const struct options *o, const struct peer *peer, int64_t start)
{
	static char tls_on[] = "--tls-on";
	char line[OPTIONS_COMMAND_MAX], path[PATH], *argv[ARGV_MAX];
	char who[PEER_ADDRESS_MAX + 1 + TEXT_NUMBER_MAX];
	char since[TEXT_NUMBER_MAX];
	struct text t = text_in(who, sizeof(who));
	struct process_variable ours[OURS_MAX] = {
		{ peer_variable, { NULL, 0 } }, { start_name, { NULL, 0 } }
	};
	size_t n = split(o, line, argv), ours_n = 2, i;

	if (n == 0)
		return;
	argv[n++] = own_path(o, path);
	argv[n++] = tls_on;
	for (i = 0; i < o->inside_n; i++)
		argv[n++] = o->inside[i];
	argv[n] = NULL;
	text_add(&t, peer->address);
	text_char(&t, ' ');
	text_number(&t, peer->port, 0);
	ours[0].value = text_span_of(&t);
	ours[1].value = text_of_number(since, (uint64_t)start);
	set_alarm(o, start);
	if (log_descriptor() < 0) {
		hide_connection();
		ours[ours_n++] =
		    (struct process_variable){ log_name, span_of("syslog") };
	}
	if (o->proxy) /* the name is that of the proxy */
		ours[ours_n++] = (struct process_variable){ PEER_HOST_VARIABLE,
			span_of("") };
	process_exec(argv, ours, ours_n);
}

bool
tls_resume(struct peer *ret_peer, int64_t *ret_start)
{
	const char *peer = getenv(peer_variable), *start = getenv(start_name);
	struct span rest = span_of(peer ? peer : "");
	uint64_t then, now = (uint64_t)os_monotonic_ms();

	alarm(0); /* cancels set_alarm(), which survives exec */
	if (!start || !span_number(span_of(start), &then) || then > now)
		return false;
	peer_set_address(ret_peer, span_take_until(&rest, ' '));
	span_take(&rest, ' ');
	peer_set_port(ret_peer, rest);
	*ret_start = (int64_t)then;
	return true;
}

bool
tls_log_is_lost(void)
{
	return getenv(log_name) != NULL;
}
