/* A message in a Maildir of the envelope.  See copy.h. */
#include "store/copy.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "base/os.h"
#include "store/envelope.h"
#include "store/maildir.h"

/* Opens new/ of Maildir I of the envelope, if it is still the same. */
static int
open_box(const struct envelope *e, const struct spool *s, size_t i)
{
	return maildir_open(s->site->mail, e->box[i].name, &e->box[i].id);
}

void
copy_link(struct copy *b, const struct envelope *e, struct spool *s, size_t i)
{
	int new = open_box(e, s, i);

	b->linked =
	    new >= 0 && spool_link(s, e->box[i].name, new, &b->link) == 0;
	if (!b->linked)
		b->error = errno;
	if (new >= 0)
		close(new);
}

/* Syncs the names in new/ of Maildir I. */
int
copy_sync(const struct envelope *e, const struct spool *s, size_t i)
{
	int new = open_box(e, s, i), failed;

	if (new < 0)
		return -1;
	failed = os_sync(new);
	close(new);
	return failed;
}

void
copy_take_back(struct copy *b, const struct envelope *e, const struct spool *s,
    size_t i)
{
	int new = open_box(e, s, i);
	bool failed = new < 0 || spool_unlink(s, new, &b->link) < 0;

	if (failed) {
		log_begin(LOG_DEFERRED, "leftover");
		log_text("id", span_of(s->id));
		log_text("maildir", span_of(e->box[i].name));
		log_reason("refused, but not removed", errno);
		log_end();
		b->linked = false; /* there is nothing to sync */
	}
	if (new >= 0)
		close(new);
}
