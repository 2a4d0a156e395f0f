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

void
envelope_start(struct envelope *e, struct span sender)
{
	e->refused = 0;
	e->rcpts = 0;
	e->uses = 0;
	e->boxes = 0;
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

bool
envelope_begin(struct envelope *e, struct span path)
{
	struct envelope_rcpt *rcpt = &e->rcpt[e->rcpts];

	e->mark =
	    (struct envelope_mark){ e->uses, e->boxes, e->commands, e->used };
	*rcpt = (struct envelope_rcpt){ .first = e->uses };
	rcpt->path = keep_span(e, path);
	return rcpt->path;
}

void
envelope_abort(struct envelope *e)
{
	e->uses = e->mark.uses;
	e->boxes = e->mark.boxes;
	e->commands = e->mark.commands;
	e->used = e->mark.used;
}

void
envelope_commit(struct envelope *e)
{
	e->rcpt[e->rcpts].n = e->uses - e->rcpt[e->rcpts].first;
	e->rcpts++;
}

/* Adds USE to the current recipient, once.  False: there is no space. */
static bool
add_use(struct envelope *e, int use)
{
	size_t i;

	for (i = e->rcpt[e->rcpts].first; i < e->uses; i++)
		if (e->use[i] == use)
			return true;
	if (e->uses == ENVELOPE_MAX)
		return false;
	e->use[e->uses++] = use;
	return true;
}

bool
envelope_add_box(struct envelope *e, const char *maildir)
{
	size_t i;

	for (i = 0; i < e->boxes; i++)
		if (strcmp(e->box[i], maildir) == 0)
			return add_use(e, (int)i);
	if (e->boxes == ENVELOPE_MAX)
		return false;
	e->box[i] = keep(e, maildir);
	if (!e->box[i])
		return false;
	e->boxes++;
	return add_use(e, (int)i);
}

static bool
is_same(const struct envelope_command *a, const struct envelope_command *b)
{
	return strcmp(a->line, b->line) == 0 &&
	    strcmp(a->recipient, b->recipient) == 0 &&
	    strcmp(a->local, b->local) == 0 &&
	    strcmp(a->extension, b->extension) == 0 &&
	    strcmp(a->domain, b->domain) == 0;
}

bool
envelope_add_command(struct envelope *e, const struct envelope_command *command)
{
	struct envelope_command *copy = &e->command[e->commands];
	size_t i;

	for (i = 0; i < e->commands; i++)
		if (is_same(&e->command[i], command))
			return add_use(e, ~(int)i);
	if (e->commands == ENVELOPE_MAX)
		return false;
	copy->line = keep(e, command->line);
	copy->recipient = keep(e, command->recipient);
	copy->local = keep(e, command->local);
	copy->extension = keep(e, command->extension);
	copy->domain = keep(e, command->domain);
	if (!copy->line || !copy->recipient || !copy->local ||
	    !copy->extension || !copy->domain)
		return false;
	e->commands++;
	return add_use(e, ~(int)i);
}

bool
envelope_set_refusal(struct envelope *e, const char *words)
{
	struct envelope_rcpt *rcpt = &e->rcpt[e->rcpts];

	if (!rcpt->refusal)
		rcpt->refusal = keep(e, words);
	return rcpt->refusal;
}

const char *
envelope_first_box(const struct envelope *e)
{
	return e->boxes > 0 ? e->box[0] : NULL;
}
