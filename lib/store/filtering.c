/* Passes a message through the program of --filter.  See filtering.h. */
#include "store/filtering.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "store/spool.h"

enum { DROP = 99 }; /* exit code, as of qmail's programs */

/* What is known of a message in the exchange. */
struct shape {
	uint64_t body; /* octets after the first empty line */
	bool has_id;   /* the id of the message is in its first octets */
};

static bool
contains(struct span text, struct span word)
{
	const char *at = text.s, *end = text.s + text.n;

	for (; word.n > 0 && (size_t)(end - at) >= word.n; at++) {
		at = memchr(at, word.s[0], (size_t)(end - at) - word.n + 1);
		if (!at)
			return false;
		if (memcmp(at, word.s, word.n) == 0)
			return true;
	}
	return false;
}

/* Returns how many octets of BLOCK belong to the header.  *AT_START: a line
 * begins, and *ENDED: the header ended, hold from block to block. */
static size_t
count_header(struct span block, bool *at_start, bool *ended)
{
	size_t i;

	for (i = 0; i < block.n && !*ended; i++) {
		*ended = *at_start && block.s[i] == '\n';
		*at_start =
		    block.s[i] == '\n' || (*at_start && block.s[i] == '\r');
	}
	return i;
}

/* Reads the SIZE octets of the message in the exchange, as far as its header
 * goes.  -1: failure, with errno. */
static int
look(struct spool *s, uint64_t size, struct shape *ret)
{
	struct span block = { s->room, 0 }, head;
	uint64_t at = 0, header = 0;
	bool at_start = true, ended = false;
	ssize_t got;

	ret->has_id = false;
	while (at < size && !ended) {
		got = file_read_at(s->requests->exchange, s->room,
		    size - at < SPOOL_BUFFER ? (size_t)(size - at)
		                             : SPOOL_BUFFER,
		    at);
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return -1;
		block.n = (size_t)got;
		head = block;
		head.n = head.n < FILTERING_HEAD ? head.n : FILTERING_HEAD;
		if (at == 0)
			ret->has_id = contains(head, span_of(s->id));
		header += count_header(block, &at_start, &ended);
		at += (uint64_t)got;
	}
	ret->body = size - header;
	return 0;
}

static enum filtering_result
judge(const struct runner_outcome *o)
{
	switch (o->result) {
	case RUNNER_DONE:
		return FILTERING_PASSED;
	case RUNNER_REFUSES:
		return FILTERING_REFUSED;
	case RUNNER_FAILS:
		break;
	}
	return o->status == DROP ? FILTERING_DROPPED : FILTERING_FAILED;
}

/* Checks the output of SIZE octets, which is in the exchange.  BEFORE is the
 * message that was filtered.  Returns NULL, or why it cannot be used. */
static const char *
check(struct spool *s, uint64_t size, const struct shape *before)
{
	struct shape after;

	if (look(s, size, &after) < 0)
		return "the output of the filter cannot be read";
	if (!after.has_id)
		return "the output of the filter lacks our Received line";
	if (after.body < before->body)
		return "the output of the filter has a shorter body";
	return NULL;
}

enum filtering_result
filtering_run(const struct envelope *e, struct spool *s,
    const struct runner_input *in, int64_t deadline, struct runner_outcome *ret,
    const char **ret_reason)
{
	struct runner_input input = *in;
	struct shape before;
	uint64_t size;
	enum filtering_result result;

	*ret = (struct runner_outcome){ .result = RUNNER_FAILS };
	*ret_reason = NULL;
	if (spool_flush(s) < 0 || look(s, s->size, &before) < 0 ||
	    runner_put_all(e, s, &input) < 0) {
		ret->error = errno;
		return FILTERING_FAILED;
	}
	runner_filter(s->requests, &input, deadline, ret, &size);
	if (ret->error == EFBIG)
		*ret_reason = "the output of the filter is too big";
	if (ret->error)
		return FILTERING_FAILED;
	result = judge(ret);
	if (result != FILTERING_PASSED || size == 0)
		return result;
	s->exchanged = size;
	*ret_reason = check(s, size, &before);
	if (*ret_reason)
		return FILTERING_FAILED;
	if (spool_replace(s, size) == 0)
		return FILTERING_PASSED;
	ret->error = errno;
	return FILTERING_FAILED;
}
