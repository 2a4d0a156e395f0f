/* Delivers a complete message.  See delivery.h. */
#include "store/delivery.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/command.h"
#include "store/spool.h"

static_assert((int)SPOOL_BOXES_MAX == (int)ENVELOPE_MAX,
    "the spool has a name for each Maildir of an envelope");

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

static void
fail(const struct group *g, int error)
{
	g->outcome->result = DELIVERY_FAILED;
	g->outcome->error = error;
}

/* Sets the refusals after the data.  If several share one outcome, the first
 * one counts. */
static void
refuse(struct delivery *d, const struct envelope *e)
{
	struct delivery_outcome *o;
	size_t i;

	for (i = 0; i < e->rcpts; i++) {
		o = &d->outcome[d->per_recipient ? i : 0];
		if (!e->rcpt[i].refusal || o->result == DELIVERY_REFUSED)
			continue;
		o->result = DELIVERY_REFUSED;
		o->words = e->rcpt[i].refusal;
	}
}

static void
run_command(struct delivery *d, const struct envelope *e, const struct spool *s,
    size_t i)
{
	struct delivery_command *c = &d->command[i];
	int message = spool_reopen(s);

	c->ran = true;
	if (message < 0) {
		c->error = errno;
		return;
	}
	c->result = command_run(&e->command[i], e->sender, message, d->log,
	    d->seconds, &c->status);
	close(message);
}

/* Runs command I of the envelope for group G, unless it ran already: it runs
 * once, and all groups that use it share its outcome. */
static void
take_command(struct delivery *d, const struct envelope *e,
    const struct spool *s, const struct group *g, size_t i)
{
	static const enum delivery_result results[] = {
		[COMMAND_DONE] = DELIVERY_DONE,
		[COMMAND_REFUSES] = DELIVERY_COMMAND_REFUSES,
		[COMMAND_FAILS] = DELIVERY_COMMAND_FAILS,
	};
	struct delivery_command *c = &d->command[i];

	if (!c->ran)
		run_command(d, e, s, i);
	if (c->error) {
		fail(g, c->error);
		return;
	}
	g->outcome->result = results[c->result];
	g->outcome->command = &e->command[i];
	g->outcome->status = c->status;
}

static void
run_commands(struct delivery *d, const struct envelope *e,
    const struct spool *s, const struct group *g)
{
	size_t i;

	for (i = g->first; i < g->end && is_good(g); i++)
		if (e->use[i] < 0)
			take_command(d, e, s, g, (size_t)~e->use[i]);
}

static void
link_boxes(struct delivery *d, const struct envelope *e, struct spool *s,
    const struct group *g)
{
	size_t i, box;

	for (i = g->first; i < g->end && is_good(g); i++) {
		if (e->use[i] < 0)
			continue;
		box = (size_t)e->use[i];
		if (d->linked[box])
			continue;
		if (spool_link(s, e->box[box], box) < 0)
			fail(g, errno);
		else
			d->linked[box] = true;
	}
}

static void
sync_boxes(struct delivery *d, const struct envelope *e, struct spool *s)
{
	size_t i;

	for (i = 0; i < e->boxes; i++)
		if (d->linked[i] && spool_sync(s, e->box[i]) < 0)
			d->box_error[i] = errno;
}

/* Fails the group if one of its Maildirs failed; otherwise marks its Maildirs
 * as wanted. */
static void
judge(struct delivery *d, const struct envelope *e, const struct group *g)
{
	size_t i;

	for (i = g->first; i < g->end && is_good(g); i++)
		if (e->use[i] >= 0 && d->box_error[e->use[i]])
			fail(g, d->box_error[e->use[i]]);
	for (i = g->first; i < g->end && is_good(g); i++)
		if (e->use[i] >= 0)
			d->wanted[e->use[i]] = true;
}

/* Removes the links that no successful group wants, and syncs the removal: a
 * link may be on disk already, through this or another session's sync, and a
 * refused message must not reappear after a power cut.  A failure here cannot
 * be reported. */
static void
take_back_unwanted(struct delivery *d, const struct envelope *e,
    struct spool *s)
{
	size_t i;

	for (i = 0; i < e->boxes; i++)
		if (d->linked[i] && !d->wanted[i])
			spool_unlink(s, e->box[i], i);
	for (i = 0; i < e->boxes; i++)
		if (d->linked[i] && !d->wanted[i])
			(void)spool_sync(s, e->box[i]);
}

static void
reset(struct delivery *d, const struct envelope *e)
{
	d->outcomes = d->per_recipient ? e->rcpts : 1;
	memset(d->outcome, 0, d->outcomes * sizeof(*d->outcome));
	memset(d->command, 0, e->commands * sizeof(*d->command));
	memset(d->linked, 0, e->boxes * sizeof(*d->linked));
	memset(d->wanted, 0, e->boxes * sizeof(*d->wanted));
	memset(d->box_error, 0, e->boxes * sizeof(*d->box_error));
}

/* Syncs the message's octets, if any group is still to get them. */
static void
finish(struct delivery *d, const struct envelope *e, struct spool *s)
{
	bool wanted = false;
	struct group g;
	size_t i;
	int error;

	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		wanted = wanted || is_good(&g);
	}
	error = wanted && spool_finish(s) < 0 ? errno : 0;
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		if (error && is_good(&g))
			fail(&g, error);
	}
}

/* The order matters: sync the octets; run the commands, which cannot be undone;
 * link the names; sync the names.  Links whose outcome is a failure are removed
 * again. */
void
delivery_run(struct delivery *d, const struct envelope *e, struct spool *s)
{
	struct group g;
	size_t i;

	reset(d, e);
	refuse(d, e);
	finish(d, e, s);
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		run_commands(d, e, s, &g);
	}
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		link_boxes(d, e, s, &g);
	}
	sync_boxes(d, e, s);
	for (i = 0; i < d->outcomes; i++) {
		g = group_of(d, e, i);
		judge(d, e, &g);
	}
	take_back_unwanted(d, e, s);
	spool_end(s);
}
