/* Has a command run by the monitor.  See runner.h. */
#include "store/runner.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/os.h"
#include "base/text.h"
#include "smtp/reply.h"
#include "store/envelope.h"
#include "store/spool.h"

enum {
	QMAIL_PERMANENT = 100, /* exit codes: of qmail's programs, */
	SIMSCAN_REFUSES = 31,  /* and of filters */
	FILTER_REFUSES = 20,
};

static enum runner_result
judge(enum request_kind kind, int status)
{
	switch (status) {
	case 0:
		return RUNNER_DONE;
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_UNAVAILABLE:
	case EX_PROTOCOL:
	case EX_NOPERM:
	case QMAIL_PERMANENT:
		return RUNNER_REFUSES;
	case SIMSCAN_REFUSES:
	case FILTER_REFUSES:
		return kind == REQUEST_FILTER ? RUNNER_REFUSES : RUNNER_FAILS;
	default:
		return RUNNER_FAILS;
	}
}

/* True if WORDS can be the reply for RESULT: a refusal of its class, which is
 * then in *RET.  421 would end the session. */
static bool
is_reply(struct span words, enum runner_result result,
    char ret[static ACTION_WORDS_MAX + 1])
{
	return result != RUNNER_DONE && words.n > 0 &&
	    words.s[0] == (result == RUNNER_REFUSES ? '5' : '4') &&
	    !reply_words_end_session(words) && action_is_refusal(words, ret);
}

/* True if command I of the envelope runs with command FIRST, its RCPT is not
 * refused, and no command before it has the same address. */
static bool
is_addressed(const struct envelope *e, size_t first, size_t i)
{
	const struct envelope_command *c = &e->command[i];
	const struct envelope_rcpt *rcpt = &e->rcpt[c->rcpt];
	size_t k;

	if (c->first != first || rcpt->refusal || rcpt->drop)
		return false;
	for (k = first; k < i; k++)
		if (e->command[k].first == first &&
		    strcmp(e->command[k].address, c->address) == 0)
			return false;
	return true;
}

/* Puts MARK, ADDRESS and NUL in the exchange. */
static int
put_address(struct spool *s, char mark, struct span address)
{
	char octets[USERFILE_LINE_MAX + 3];
	struct text t = text_in(octets, sizeof(octets));

	text_char(&t, mark);
	text_span(&t, address);
	text_char(&t, '\0');
	return spool_put_in_exchange(s, text_span_of(&t));
}

static int
begin_envelope(const struct envelope *e, struct spool *s,
    struct runner_input *in)
{
	char unquoted[PATH_MAX_OCTETS];

	in->envelope = s->exchanged;
	return put_address(s, 'F', path_unquote(e->sender, unquoted));
}

static int
end_envelope(struct spool *s, struct runner_input *in)
{
	if (spool_put_in_exchange(s, (struct span){ "", 1 }) < 0)
		return -1;
	in->envelope_n = s->exchanged - in->envelope;
	return 0;
}

int
runner_put_envelope(const struct envelope *e, struct spool *s, size_t i,
    struct runner_input *in)
{
	size_t k;

	if (begin_envelope(e, s, in) < 0)
		return -1;
	for (k = i; k < e->commands && e->command[k].rcpt < in->rcpts; k++)
		if (is_addressed(e, i, k) &&
		    put_address(s, 'T', span_of(e->command[k].address)) < 0)
			return -1;
	return end_envelope(s, in);
}

int
runner_put_all(const struct envelope *e, struct spool *s,
    struct runner_input *in)
{
	char unquoted[PATH_MAX_OCTETS];
	const struct envelope_rcpt *rcpt = e->rcpt;
	struct span path;

	if (begin_envelope(e, s, in) < 0)
		return -1;
	for (; rcpt < e->rcpt + e->rcpts; rcpt++) {
		path = path_unquote(span_of(rcpt->path), unquoted);
		if (rcpt->n > 0 && !rcpt->refusal && !rcpt->drop &&
		    put_address(s, 'T', path) < 0)
			return -1;
	}
	return end_envelope(s, in);
}

#define PUT(member, text) request_text(q->member, sizeof(q->member), text)

/* Sends Q with what all programs get.  Stores the outcome in *RET and the size
 * of the output in *RET_SIZE. */
static void
ask(struct requests *r, struct request *q, const struct runner_input *in,
    int64_t deadline, struct runner_outcome *ret, uint64_t *ret_size)
{
	int64_t left = deadline - os_monotonic_ms();
	struct answer a;

	q->size = in->size;
	q->envelope = in->envelope;
	q->envelope_n = in->envelope_n;
	q->ms = left > 0 ? (uint64_t)left : 0;
	PUT(id, in->id);
	PUT(helo, in->helo);
	PUT(protocol, in->protocol);
	PUT(sender, in->sender);
	*ret = (struct runner_outcome){ .result = RUNNER_FAILS };
	if (request_send(r, q, &a) < 0)
		a = (struct answer){ .error = errno };
	ret->error = (int)a.error;
	*ret_size = a.size;
	if (ret->error)
		return;
	ret->status = (int)a.status;
	ret->result = judge((enum request_kind)q->kind, ret->status);
	if (!is_reply(span_of(a.words), ret->result, ret->words))
		ret->words[0] = '\0';
}

void
runner_run(struct requests *r, const struct envelope_command *command,
    const struct runner_input *input, int64_t deadline,
    struct runner_outcome *ret)
{
	struct request request = { .kind = REQUEST_RUN,
		.line = command->offset };
	struct request *q = &request;
	uint64_t size;

	PUT(recipient, span_of(command->recipient));
	PUT(local, span_of(command->local));
	PUT(extension, span_of(command->extension));
	PUT(domain, span_of(command->domain));
	ask(r, q, input, deadline, ret, &size);
}

void
runner_filter(struct requests *r, const struct runner_input *input,
    int64_t deadline, struct runner_outcome *ret, uint64_t *ret_size)
{
	struct request q = { .kind = REQUEST_FILTER };

	ask(r, &q, input, deadline, ret, ret_size);
}
