/* Sender and recipients of a transaction.  See envelope.h. */
#include "store/envelope.h"

#include <assert.h>
#include <string.h>

void
envelope_set_sender(struct envelope *e, struct span sender)
{
	assert(sender.n <= sizeof(e->path));
	if (sender.n > 0)
		memcpy(e->path, sender.s, sender.n);
	e->sender = (struct span){ e->path, sender.n };
}

/* Removes the Maildirs from index FIRST on, in reverse order: then each slot
 * can be cleared, because all that were added after it are gone. */
static void
remove_boxes(struct envelope *e, size_t first)
{
	while (e->boxes > first)
		e->slots[e->box[--e->boxes].slot] = 0;
}

void
envelope_start(struct envelope *e, struct span sender)
{
	e->refused = 0;
	e->rcpts = 0;
	e->uses = 0;
	remove_boxes(e, 0);
	e->commands = 0;
	e->used = 0;
	envelope_set_sender(e, sender);
}

/* Returns a copy of TEXT that lives as long as the transaction, or NULL if
 * there is no space. */
static const char *
keep_span(struct envelope *e, struct span text)
{
	char *copy = e->texts + e->used;

	if (text.n >= sizeof(e->texts) - e->used)
		return NULL;
	if (text.n > 0)
		memcpy(copy, text.s, text.n);
	copy[text.n] = '\0';
	e->used += text.n + 1;
	return copy;
}

static const char *
keep(struct envelope *e, const char *text)
{
	return keep_span(e, span_of(text));
}

struct envelope_mark
envelope_mark(const struct envelope *e)
{
	return (struct envelope_mark){ e->uses, e->boxes, e->commands, e->used,
		e->rcpt[e->rcpts] };
}

bool
envelope_begin(struct envelope *e, struct span path)
{
	struct envelope_rcpt *rcpt = &e->rcpt[e->rcpts];

	e->rcpt_number++;
	e->mark = envelope_mark(e);
	*rcpt = (struct envelope_rcpt){ .first = e->uses };
	rcpt->path = keep_span(e, path);
	return rcpt->path;
}

void
envelope_return(struct envelope *e, const struct envelope_mark *mark)
{
	for (; e->uses > mark->uses; e->uses--)
		if (e->use[e->uses - 1] >= 0)
			e->box[e->use[e->uses - 1]].rcpt = 0;
	remove_boxes(e, mark->boxes);
	e->commands = mark->commands;
	e->used = mark->used;
	e->rcpt[e->rcpts] = mark->rcpt;
}

void
envelope_abort(struct envelope *e)
{
	envelope_return(e, &e->mark);
}

void
envelope_commit(struct envelope *e)
{
	e->rcpt[e->rcpts].n = e->uses - e->rcpt[e->rcpts].first;
	e->rcpts++;
}

/* Adds USE to the current recipient.  False: there is no space. */
static bool
add_use(struct envelope *e, int use)
{
	if (e->uses == ENVELOPE_MAX)
		return false;
	e->use[e->uses++] = use;
	return true;
}

/* Returns the slot of the Maildir NAME, or the free one where it belongs. */
static size_t
find_slot(const struct envelope *e, const char *name)
{
	size_t slot = span_hash(span_of(name)) % ENVELOPE_SLOTS;

	while (e->slots[slot] > 0 &&
	    strcmp(e->box[e->slots[slot] - 1].name, name) != 0)
		slot = (slot + 1) % ENVELOPE_SLOTS;
	return slot;
}

bool
envelope_add_box(struct envelope *e, const char *maildir,
    const struct file_id *id)
{
	size_t slot = find_slot(e, maildir), i = e->slots[slot];
	struct envelope_box *box = &e->box[i > 0 ? i - 1 : e->boxes];

	if (i == 0) {
		if (e->boxes == ENVELOPE_MAX)
			return false;
		*box = (struct envelope_box){ .name = keep(e, maildir),
			.id = *id,
			.slot = slot };
		if (!box->name)
			return false;
		e->slots[slot] = (uint16_t)++e->boxes;
	}
	if (box->rcpt == e->rcpt_number)
		return true; /* this recipient has it already */
	box->rcpt = e->rcpt_number;
	return add_use(e, (int)(box - e->box));
}

/* Commands that run once: `||` commands with the same words, others that get
 * the same environment, too. */
static bool
run_once(const struct envelope_command *a, const struct envelope_command *b)
{
	if (a->for_all != b->for_all || strcmp(a->line, b->line) != 0)
		return false;
	return a->for_all ||
	    (strcmp(a->recipient, b->recipient) == 0 &&
	        strcmp(a->local, b->local) == 0 &&
	        strcmp(a->extension, b->extension) == 0 &&
	        strcmp(a->domain, b->domain) == 0);
}

/* Adds USE to the current recipient, unless it has it. */
static bool
add_use_once(struct envelope *e, int use)
{
	size_t i;

	for (i = e->rcpt[e->rcpts].first; i < e->uses; i++)
		if (e->use[i] == use)
			return true;
	return add_use(e, use);
}

/* Keeps a copy of COMMAND as the last one.  False: there is no space. */
static bool
keep_command(struct envelope *e, const struct envelope_command *command)
{
	struct envelope_command *copy = &e->command[e->commands];

	*copy = *command;
	copy->rcpt = e->rcpts;
	copy->line = keep(e, command->line);
	copy->recipient = keep(e, command->recipient);
	copy->address = keep(e, command->address);
	copy->local = keep(e, command->local);
	copy->extension = keep(e, command->extension);
	copy->domain = keep(e, command->domain);
	return copy->line && copy->recipient && copy->address && copy->local &&
	    copy->extension && copy->domain;
}

bool
envelope_add_command(struct envelope *e, const struct envelope_command *command)
{
	size_t first;

	for (first = 0; first < e->commands; first++)
		if (run_once(&e->command[first], command))
			break;
	if (first < e->commands && !command->for_all)
		return add_use_once(e, ~(int)first);
	if (e->commands == ENVELOPE_MAX || !keep_command(e, command))
		return false;
	e->command[e->commands++].first = first;
	return add_use_once(e, ~(int)first);
}

struct envelope_rcpt *
envelope_current(struct envelope *e)
{
	return &e->rcpt[e->rcpts];
}

bool
envelope_set_refusal(struct envelope *e, const char *words)
{
	struct envelope_rcpt *rcpt = &e->rcpt[e->rcpts];

	if (!rcpt->refusal)
		rcpt->refusal = keep(e, words);
	return rcpt->refusal;
}

static bool
is_among(const struct span known[], size_t n, struct span address)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_same(known[i], address))
			return true;
	return false;
}

size_t
envelope_same_box(const struct envelope *e, struct span ret[], size_t max)
{
	const struct envelope_rcpt *rcpt = e->rcpt;
	struct span address;
	size_t n = 0;

	if (e->boxes != 1 || e->commands > 0)
		return 0;
	for (; rcpt < e->rcpt + e->rcpts; rcpt++) {
		if (rcpt->n == 0 || rcpt->discard || rcpt->drop ||
		    rcpt->refusal)
			return 0;
		address = span_of(rcpt->path);
		if (is_among(ret, n, address))
			continue;
		if (n == max)
			return 0;
		ret[n++] = address;
	}
	return n;
}

void
envelope_discard(struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->rcpts; i++) {
		e->rcpt[i].discard = true;
		e->rcpt[i].n = 0;
	}
	e->uses = 0;
}

void
envelope_remove_last(struct envelope *e)
{
	e->rcpts--;
	envelope_abort(e);
}
