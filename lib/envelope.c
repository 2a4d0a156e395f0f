/* Sender and recipients of a transaction.  See envelope.h. */
#include "envelope.h"

#include <assert.h>
#include <string.h>

static struct span
keep(char buffer[static PATH_MAX_OCTETS], struct span path)
{
	assert(path.n <= PATH_MAX_OCTETS);
	if (path.n > 0)
		memcpy(buffer, path.s, path.n);
	return (struct span){ buffer, path.n };
}

void
envelope_start(struct envelope *e, struct span sender)
{
	e->accepted = 0;
	e->refused = 0;
	e->boxes = 0;
	e->used = 0;
	e->sender = keep(e->paths[0], sender);
	e->rcpt = (struct span){ NULL, 0 };
}

static void
add_box(struct envelope *e, const char *maildir)
{
	size_t i, n = strlen(maildir) + 1;

	for (i = 0; i < e->boxes; i++)
		if (strcmp(e->box[i], maildir) == 0)
			return;
	assert(e->boxes < ENVELOPE_MAX && n <= sizeof(e->names) - e->used);
	memcpy(e->names + e->used, maildir, n);
	e->box[e->boxes++] = e->names + e->used;
	e->used += n;
}

void
envelope_add(struct envelope *e, struct span path, const char *maildir)
{
	if (e->accepted == 0)
		e->rcpt = keep(e->paths[1], path);
	add_box(e, maildir);
	e->accepted++;
}
