/* Delivers a complete message.  See delivery.h. */
#include "store/delivery.h"

#include <errno.h>
#include <string.h>

#include "base/os.h"
#include "smtp/reply.h"
#include "store/filtering.h"

/* Uses of the envelope that share one outcome, from FIRST up to END. */
struct group {
	size_t first, end;
	struct delivery_outcome *outcome;
};

static struct group
group_of(struct delivery *d, const struct envelope *e, size_t i)
{
	const struct envelope_rcpt *rcpt = &e->rcpt[i];

	if (!d->per_recipient)
		return (struct group){ 0, e->uses, &d->outcome[0] };
	return (
	    struct group){ rcpt->first, rcpt->first + rcpt->n, &d->outcome[i] };
}

static bool
is_good(const struct group *g)
{
	return g->outcome->result == DELIVERY_DONE;
}

/* BOX is the Maildir that failed, or NULL. */
static void
fail(const struct group *g, int error, const char *box)
{
	g->outcome->result = DELIVERY_FAILED;
	g->outcome->error = error;
	g->outcome->box = box;
}

/* Sets what the lines of the recipients say on the time after the data.  If
 * several share one outcome, the first refusal and the longest wait count, and
 * nothing is stored if one of them drops the message.  In LMTP those after it,
 * and those after a 421, get no reply, so nothing is stored for them. */
static void
apply_lines(struct delivery *d, const struct envelope *e)
{
	const struct envelope_rcpt *rcpt = e->rcpt;
	struct delivery_outcome *o;
	bool dropped = false;

	d->answered = 0;
	for (; rcpt < e->rcpt + e->rcpts; rcpt++) {
		o = &d->outcome[d->per_recipient ? rcpt - e->rcpt : 0];
		d->answered += !dropped;
		if (rcpt->wait > o->wait)
			o->wait = rcpt->wait;
		dropped = dropped || rcpt->drop;
		o->close = o->close || rcpt->close || dropped;
		if (dropped)
			o->result = DELIVERY_DROPPED;
		if (!rcpt->refusal || o->result != DELIVERY_DONE)
			continue;
		o->result = DELIVERY_REFUSED;
		o->words = rcpt->refusal;
		dropped = d->per_recipient &&
		    reply_words_end_session(span_of(rcpt->refusal));
	}
}

static struct runner_input
input_of(const struct delivery *d, const struct envelope *e,
    const struct spool *s)
{
	return (struct runner_input){
		.sender = e->sender,
		.id = span_of(s->id),
		.size = s->size,
		.rcpts = d->answered,
		.helo = d->helo,
		.protocol = d->protocol,
	};
}

/* True if the message goes somewhere for a group. */
static bool
has_uses(const struct group *g)
{
	return is_good(g) && g->end > g->first;
}

static bool
is_wanted(struct delivery *d, const struct envelope *e)
{
	struct group g;
	size_t i;

	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		if (has_uses(&g))
			return true;
	}
	return false;
}

/* Sets the outcome of G to RESULT, for the program whose outcome is P. */
static void
set_outcome(const struct group *g, enum delivery_result result,
    const struct runner_outcome *p)
{
	g->outcome->result = result;
	g->outcome->error = p->error;
	g->outcome->status = p->status;
	g->outcome->words = p->words[0] ? p->words : NULL;
}

/* Passes the message through the filter, unless it goes nowhere. */
static void
filter(struct delivery *d, struct envelope *e, struct spool *s, int64_t end)
{
	struct runner_input in = input_of(d, e, s);
	enum delivery_result result = DELIVERY_FILTER_FAILS;
	const char *reason;
	struct group g;
	size_t i;

	switch (filtering_run(e, s, &in, end, &d->filtered, &reason)) {
	case FILTERING_PASSED:
		return;
	case FILTERING_DROPPED:
		envelope_discard(e);
		return;
	case FILTERING_REFUSED:
		result = DELIVERY_FILTER_REFUSES;
		break;
	case FILTERING_FAILED:
		break;
	}
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		if (!has_uses(&g))
			continue;
		set_outcome(&g, result, &d->filtered);
		g.outcome->reason = reason;
	}
}

/* The deadline of the session does not stop a command that runs. */
static void
run_command(struct delivery *d, const struct envelope *e, struct spool *s,
    size_t i, int64_t end)
{
	struct delivery_command *c = &d->command[i];
	struct runner_input in = input_of(d, e, s);

	c->ran = true;
	c->outcome = (struct runner_outcome){ .result = RUNNER_FAILS };
	if (os_monotonic_ms() >= end ||
	    os_check_deadline(d->deadline) != OS_READY)
		return; /* it is not begun */
	if (e->command[i].for_all && runner_put_envelope(e, s, i, &in) < 0)
		c->outcome.error = errno;
	else
		runner_run(s->requests, &e->command[i], &in, end, &c->outcome);
}

/* Runs command I of the envelope for group G, unless it ran already: it runs
 * once, and all groups that use it share its outcome. */
static void
take_command(struct delivery *d, const struct envelope *e, struct spool *s,
    const struct group *g, size_t i, int64_t end)
{
	static const enum delivery_result results[] = {
		[RUNNER_DONE] = DELIVERY_DONE,
		[RUNNER_REFUSES] = DELIVERY_COMMAND_REFUSES,
		[RUNNER_FAILS] = DELIVERY_COMMAND_FAILS,
	};
	struct delivery_command *c = &d->command[i];

	if (!c->ran)
		run_command(d, e, s, i, end);
	set_outcome(g, results[c->outcome.result], &c->outcome);
	g->outcome->command = &e->command[i];
}

/* Runs the commands of all groups, one after the other; of a group, those
 * after one that fails are not begun. */
static void
run_commands(struct delivery *d, const struct envelope *e, struct spool *s,
    int64_t end)
{
	struct group g;
	size_t i, k;

	for (k = 0; k < d->outcomes; k++) {
		g = group_of(d, e, k);
		for (i = g.first; i < g.end && is_good(&g); i++)
			if (e->use[i] < 0)
				take_command(d, e, s, &g, (size_t)~e->use[i],
				    end);
	}
}

/* Links the message into the Maildirs of group G; stops at the first that
 * fails. */
static void
link_boxes(struct delivery *d, const struct envelope *e, struct spool *s,
    const struct group *g)
{
	struct copy *b;
	size_t i;

	for (i = g->first; i < g->end && is_good(g); i++) {
		if (e->use[i] < 0)
			continue;
		b = &d->box[e->use[i]];
		if (!b->linked && !b->error) /* a failure is not repeated */
			copy_link(b, e, s, (size_t)e->use[i]);
		if (!b->linked)
			fail(g, b->error, e->box[e->use[i]].name);
	}
}

static void
sync_boxes(struct delivery *d, const struct envelope *e, struct spool *s)
{
	size_t i;

	for (i = 0; i < e->boxes; i++)
		if (d->box[i].linked && copy_sync(e, s, i) < 0)
			d->box[i].error = errno;
}

/* Fails the group if one of its Maildirs failed; otherwise marks its Maildirs
 * as wanted. */
static void
judge(struct delivery *d, const struct envelope *e, const struct group *g)
{
	size_t i;

	for (i = g->first; i < g->end && is_good(g); i++)
		if (e->use[i] >= 0 && d->box[e->use[i]].error)
			fail(g, d->box[e->use[i]].error,
			    e->box[e->use[i]].name);
	for (i = g->first; i < g->end && is_good(g); i++)
		if (e->use[i] >= 0)
			d->box[e->use[i]].wanted = true;
}

/* Removes the links that no successful group wants, and syncs the removal: a
 * link may be on disk already, through this or another session's sync, and a
 * refused message must not reappear after a power failure.  A failure here is
 * only logged. */
static void
take_back_unwanted(struct delivery *d, const struct envelope *e,
    struct spool *s)
{
	size_t i;

	for (i = 0; i < e->boxes; i++)
		if (d->box[i].linked && !d->box[i].wanted)
			copy_take_back(&d->box[i], e, s, i);
	for (i = 0; i < e->boxes; i++)
		if (d->box[i].linked && !d->box[i].wanted)
			(void)copy_sync(e, s, i);
}

static void
reset(struct delivery *d, const struct envelope *e)
{
	d->outcomes = d->per_recipient ? e->rcpts : 1;
	memset(d->outcome, 0, d->outcomes * sizeof(*d->outcome));
	memset(d->command, 0, e->commands * sizeof(*d->command));
	memset(d->box, 0, e->boxes * sizeof(*d->box));
}

/* Syncs the message's octets, if any group is still to get them and does not
 * discard them. */
static void
finish(struct delivery *d, const struct envelope *e, struct spool *s)
{
	struct group g;
	size_t i;
	int error;

	error = is_wanted(d, e) && spool_finish(s) < 0 ? errno : 0;
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		if (error && has_uses(&g))
			fail(&g, error, NULL);
	}
}

static void
link_groups(struct delivery *d, const struct envelope *e, struct spool *s)
{
	struct group g;
	size_t i;

	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		link_boxes(d, e, s, &g);
	}
}

/* True if linking failed in every Maildir, and not for a reason that another
 * name of the message would not change. */
static bool
cannot_link(const struct delivery *d, const struct envelope *e)
{
	bool tried = false;
	size_t i;

	for (i = 0; i < e->boxes; i++) {
		if (d->box[i].linked || d->box[i].error == ESTALE ||
		    d->box[i].error == ENOSPC || d->box[i].error == EDQUOT)
			return false;
		tried = tried || d->box[i].error;
	}
	return tried;
}

/* Links all groups.  If an anonymous file cannot be linked anywhere, because of
 * the system, a named one is tried. */
static void
link_all(struct delivery *d, const struct envelope *e, struct spool *s)
{
	size_t i;

	link_groups(d, e, s);
	if (!cannot_link(d, e) || spool_give_name(s) < 0)
		return;
	for (i = 0; i < d->outcomes; i++)
		if (d->outcome[i].box) {
			d->outcome[i].result = DELIVERY_DONE;
			d->outcome[i].box = NULL;
		}
	for (i = 0; i < e->boxes; i++)
		d->box[i].error = 0;
	link_groups(d, e, s);
}

/* The order matters: see who refuses; filter the message; sync the octets; run
 * the commands, which cannot be undone; link the names; sync the names.  Links
 * whose outcome is a failure are removed again. */
void
delivery_run(struct delivery *d, struct envelope *e, struct spool *s)
{
	int64_t end = os_monotonic_ms() + (int64_t)d->seconds * 1000;
	struct group g;
	size_t i;

	reset(d, e);
	apply_lines(d, e);
	if (d->filter && is_wanted(d, e))
		filter(d, e, s, end);
	finish(d, e, s);
	run_commands(d, e, s, end);
	link_all(d, e, s);
	sync_boxes(d, e, s);
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		judge(d, e, &g);
	}
	take_back_unwanted(d, e, s);
	spool_end(s);
}
