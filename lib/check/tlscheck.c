/* Tries the helper of --tls.  See tlscheck.h. */
#include "check/tlscheck.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "base/text.h"
#include "check/report.h"
#include "check/tlscert.h"
#include "check/tlshello.h"
#include "cli/options.h"
#include "monitor/tls.h"
#include "smtp/peer.h"

enum {
	PATIENCE = 10000, /* ms to wait for the helper's answer */
	NOT_RUN = 127,
};

static const char name[] = "tls";
static const struct span nothing = { "", 0 };

static unsigned
problem(const char *verdict)
{
	report(name, 0, nothing, verdict);
	return 1;
}

/* Execs the helper of the options OF in the child. */
static int
exec_helper(void *of)
{
	struct peer peer = { 0 };

	peer_set_address(&peer, nothing);
	tls_exec_helper(of, &peer, os_monotonic_ms());
	return NOT_RUN;
}

/* Reads the helper's answer from descriptor FROM into H and parses it.
 * Returns NULL with the result in *RET, or the reason why there is none. */
static const char *
hear(int from, struct tlshello *h, enum tlshello_result *ret)
{
	int64_t deadline = os_monotonic_ms() + PATIENCE;
	ssize_t n;

	do {
		if (os_wait(from, POLLIN, deadline) != OS_READY)
			return "the helper does not answer within 10 seconds";
		n = os_read(from, h->octets + h->n, sizeof(h->octets) - h->n);
		if (n <= 0)
			return "the helper exited before TLS began; see its"
			       " standard error";
		h->n += (size_t)n;
		*ret = tlshello_parse(h);
	} while (*ret == TLSHELLO_MORE);
	return NULL;
}

static unsigned
judge(const struct tlshello *h, enum tlshello_result r, struct span host)
{
	char line[128];
	struct text t = text_in(line, sizeof(line));

	switch (r) {
	case TLSHELLO_CERTIFICATE:
		report(name, 0, nothing, "the helper speaks TLS");
		return tlscert_report(h->certificate, host);
	case TLSHELLO_NEWER:
		report(name, 0, nothing,
		    "the helper speaks TLS; its certificate is"
		    " encrypted, because it accepts only TLS 1.3");
		return 0;
	case TLSHELLO_ALERT:
		text_add(&t, "the helper refuses TLS with alert ");
		text_number(&t, h->alert, 0);
		text_add(&t, "; give it a certificate and a key");
		return problem(text_end(&t));
	case TLSHELLO_MORE:
	case TLSHELLO_NONSENSE:
		break;
	}
	return problem("the helper does not speak TLS; it must terminate"
	               " TLS on its standard input and output");
}

unsigned
tlscheck_helper(const struct options *o, struct span host)
{
	static struct tlshello h;
	enum tlshello_result r = TLSHELLO_MORE;
	struct process helper = { .fd = { 0, 0, STDERR_FILENO, -1 },
		.own_group = true,
		.run = exec_helper,
		.of = (void *)(uintptr_t)o };
	const char *reason;
	int to, from;
	pid_t pid;

	pid = tls_is_there(o) ? process_start_piped(&helper, &to, &from) : -1;
	if (pid < 0) {
		report_error(name, nothing, "the helper cannot be executed",
		    errno);
		return 1;
	}
	file_write_all(to, tlshello_hello().s, tlshello_hello().n);
	reason = hear(from, &h, &r);
	process_kill(pid, true); /* before it can log the end of input */
	close(to);
	close(from);
	return reason ? problem(reason) : judge(&h, r, host);
}
