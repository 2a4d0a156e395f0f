/* What a session asks its monitor to do.  See request.h. */
#include "monitor/request.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/os.h"

/* Time in ms in which the monitor answers, on top of the command's: it may have
 * to kill one. */
enum { PATIENCE = 30000 };

void
request_text(char *buffer, size_t n, struct span text)
{
	struct span kept = span_take_n(&text, n - 1);

	if (kept.n > 0)
		memcpy(buffer, kept.s, kept.n);
	buffer[kept.n] = '\0';
}

bool
request_has_answer(uint64_t kind)
{
	return kind != REQUEST_PEER && kind != REQUEST_TLS;
}

static int
say(const struct requests *r, int64_t deadline, const struct request *q)
{
	const char *octets = (const char *)q;
	size_t n = 0;
	ssize_t done;

	while (n < sizeof(*q)) {
		if (os_wait_regardless(r->to, POLLOUT, deadline) != OS_READY) {
			errno = ETIMEDOUT;
			return -1;
		}
		done = os_write(r->to, octets + n, sizeof(*q) - n, true);
		if (done < 0)
			return -1;
		n += (size_t)done;
	}
	return 0;
}

/* A command that runs is not abandoned at SIGTERM. */
int
request_read_answer(int from, int64_t deadline, struct answer *ret)
{
	char *octets = (char *)ret;
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(*ret)) {
		if (os_wait_regardless(from, POLLIN, deadline) != OS_READY) {
			errno = ETIMEDOUT;
			return -1;
		}
		got = os_read(from, octets + n, sizeof(*ret) - n);
		if (got == 0)
			errno = EPIPE; /* the monitor has ended */
		if (got <= 0)
			return -1;
		n += (size_t)got;
	}
	ret->words[sizeof(ret->words) - 1] = '\0';
	return 0;
}

int
request_send(struct requests *r, const struct request *q, struct answer *ret)
{
	int64_t deadline = os_monotonic_ms() + (int64_t)q->ms + PATIENCE;

	errno = EPIPE;
	if (r->failed)
		return -1;
	if (say(r, deadline, q) == 0 &&
	    (!request_has_answer(q->kind) ||
	        request_read_answer(r->from, deadline, ret) == 0))
		return 0;
	r->failed = true;
	return -1;
}
