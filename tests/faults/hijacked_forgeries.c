/* Requests to run what must not be run.  See hijacked_forgeries.h.
 *
 * The lines are those of users.txt in hijacked.bats. */
#include "hijacked_forgeries.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

enum {
	EXCHANGED = 10,  /* octets that this process has written */
	A_SECOND = 1000, /* ms, --command-time */
	A_WHILE = 10000, /* ms, on a busy machine */
	PATIENCE = 9000,
};

/* Returns the offset of TEXT in users.txt, which is shorter than a block. */
static uint64_t
offset_of(const struct hijack *h, const char *text)
{
	const struct userfile *f = &h->session->recipients.users.list;
	size_t n = strlen(text), i;

	for (i = 0; i + n <= f->n; i++)
		if (f->at == 0 && memcmp(f->block + i, text, n) == 0)
			return i;
	abort();
}

struct request
forgery_good(const struct hijack *h)
{
	struct request q = { .kind = REQUEST_RUN, .ms = PATIENCE };

	q.line = offset_of(h, "run@example.org ");
	strcpy(q.recipient, "run@example.org");
	strcpy(q.id, "forged");
	return q;
}

char *
forgery_text(struct request *q, size_t i, size_t *ret_n)
{
	static const struct {
		size_t at, n;
	} texts[] = {
#define TEXT(member)                                                           \
	{ offsetof(struct request, member),                                    \
		sizeof(((struct request *)NULL)->member) }
		TEXT(address), TEXT(id), TEXT(helo), TEXT(protocol),
		TEXT(sender), TEXT(recipient), TEXT(local), TEXT(extension),
		TEXT(domain)
#undef TEXT
	};

	if (i >= sizeof(texts) / sizeof(*texts))
		abort();
	*ret_n = texts[i].n;
	return (char *)q + texts[i].at;
}

static void
run(struct hijack *h, const char *name, const struct request *q, int want)
{
	struct answer a;

	if (request_send(&h->session->monitor.requests, q, &a) < 0)
		a = (struct answer){ .error = errno, .status = -1 };
	hijack_report(h, name, (int)a.error, a.error == want && a.status == 0);
}

void
forgery_run(struct hijack *h)
{
	const struct request q = forgery_good(h);

	run(h, "a command", &q, 0);
}

/* Offsets, as SHIFT octets behind the start of TEXT in users.txt. */
static const struct place {
	const char *name, *text;
	int64_t shift;
	const char *recipient;
	int error;
} places[] = {
	/* clang-format off */
	{ "a comment", "# a comment", 0, "run@example.org", ESTALE },
	{ "a command in a comment", "#run@", 0, "run@example.org", ESTALE },
	{ "behind its mark", "#run@", 1, "run@example.org", ESTALE },
	{ "an empty line", "\n\n", 1, "run@example.org", ESTALE },
	{ "a Maildir", "bob@", 0, "bob@example.org", ESTALE },
	{ "an alias", "alias@", 0, "alias@example.org", ESTALE },
	{ "a refusal", "no@", 0, "no@example.org", ESTALE },
	{ "a sender", "from:", 0, "from:bad@example.org", ESTALE },
	{ "everybody", "* |", 0, "*", ESTALE },
	{ "nonsense", "odd@", 0, "odd@example.org", ESTALE },
	{ "a line that is too long", "long@", 0, "long@example.org", ESTALE },
	{ "within a line", "run@example.org |", 1, "un@example.org", ESTALE },
	{ "at the action", "run@example.org |", 16, "|", ESTALE },
	{ "before a line", "run@example.org |", -1, "run@example.org", ESTALE },
	{ "behind an indentation", "in@", 0, "in@example.org", ESTALE },
	{ "the key of another line", "run@example.org |", 0, "all@example.org",
	    ESTALE },
	{ "a part of the key", "run@example.org |", 0, "run@example.or",
	    ESTALE },
	{ "no key", "run@example.org |", 0, "", ESTALE },
	{ "a program below --mail", "inside@", 0, "inside@example.org", EPERM },
	{ "a link to one", "way@", 0, "way@example.org", EPERM },
	{ "one that is not there yet", "later@", 0, "later@example.org",
	    EPERM },
	/* clang-format on */
};

static void
try_places(struct hijack *h)
{
	struct request q;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		q = forgery_good(h);
		q.line =
		    offset_of(h, places[i].text) + (uint64_t)places[i].shift;
		strcpy(q.recipient, places[i].recipient);
		run(h, places[i].name, &q, places[i].error);
	}
}

static void
try_ends_of_file(struct hijack *h)
{
	const struct userfile *f = &h->session->recipients.users.list;
	const uint64_t offsets[] = { f->size - 1, f->size, f->size + 1,
		f->size + USERFILE_BLOCK, INT64_MAX, (uint64_t)INT64_MAX + 1,
		(uint64_t)INT64_MAX + 2, UINT64_MAX - 1, UINT64_MAX };
	struct request q = forgery_good(h);
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		q.line = offsets[i];
		run(h, "an offset at the end or behind it", &q, ESTALE);
	}
}

/* The exchange has EXCHANGED octets. */
static const struct extent {
	const char *name, *recipient;
	uint64_t size, envelope, envelope_n;
	int error;
} extents[] = {
	/* clang-format off */
	{ "one octet too many", "run", EXCHANGED + 1, 0, 0, EIO },
	{ "the most octets", "run", UINT64_MAX, 0, 0, EIO },
	{ "octets of another sign", "run", (uint64_t)INT64_MAX + 1, 0, 0, EIO },
	{ "an envelope that is too long", "all", 1, 1, EXCHANGED, EIO },
	{ "an envelope behind the end", "all", 1, EXCHANGED, 1, EIO },
	{ "an envelope far behind", "all", 1, INT64_MAX, 1, EINVAL },
	{ "an envelope of another sign", "all", 1, (uint64_t)INT64_MAX + 1, 1,
	    EINVAL },
	{ "the last envelope", "all", 1, UINT64_MAX, 1, EINVAL },
	{ "an envelope that overflows", "all", 1, EXCHANGED - 1, UINT64_MAX,
	    EIO },
	{ "all that is there", "run", EXCHANGED, 0, 0, 0 },
	{ "an envelope within the message", "all", EXCHANGED, 1, 2, 0 },
	/* clang-format on */
};

static void
try_extents(struct hijack *h)
{
	struct request q;
	size_t i;

	for (i = 0; i < sizeof(extents) / sizeof(*extents); i++) {
		q = forgery_good(h);
		if (strcmp(extents[i].recipient, "all") == 0) {
			q.line = offset_of(h, "all@");
			strcpy(q.recipient, "all@example.org");
		}
		q.size = extents[i].size;
		q.envelope = extents[i].envelope;
		q.envelope_n = extents[i].envelope_n;
		run(h, extents[i].name, &q, extents[i].error);
	}
}

/* A command that sleeps is killed after FROM to TO ms. */
static void
sleep_for(struct hijack *h, const char *name, uint64_t ms, int64_t from,
    int64_t to)
{
	struct request q = forgery_good(h);
	struct answer a = { 0 };
	int64_t took, start = os_monotonic_ms();
	int failed;

	q.line = offset_of(h, "sleep@");
	strcpy(q.recipient, "sleep@example.org");
	q.ms = ms;
	failed = request_send(&h->session->monitor.requests, &q, &a);
	took = os_monotonic_ms() - start;
	hijack_report(h, name, failed ? errno : 0,
	    failed == 0 && a.error == 0 && a.status == 128 + SIGKILL &&
	        took >= from && took < to);
}

void
forgery_try_times(struct hijack *h)
{
	sleep_for(h, "584 million years", UINT64_MAX, A_SECOND, A_WHILE);
	sleep_for(h, "a minute", 60000, A_SECOND, A_WHILE);
	sleep_for(h, "no time", 0, 0, A_WHILE);
	h->number = (uint64_t)unit_end(&h->report);
}

void
forgery_try_all(struct hijack *h)
{
	struct requests *r = &h->session->monitor.requests;
	const struct request clear = { .kind = REQUEST_CLEAR };
	struct answer a;

	(void)!write(r->exchange, "0123456789", EXCHANGED);
	try_places(h);
	try_ends_of_file(h);
	try_extents(h);
	forgery_run(h);
	if (request_send(r, &clear, &a) < 0)
		a.error = errno;
	hijack_report(h, "to empty the exchange", (int)a.error, a.error == 0);
	h->number = (uint64_t)unit_end(&h->report);
}
