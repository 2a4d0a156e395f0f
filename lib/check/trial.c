/* Stores a message in each Maildir.  See trial.h. */
#include "check/trial.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "store/maildir.h"

static const char unusable[] = "cannot be used";

const char *
trial_begin(struct trial *t, const struct site *site)
{
	static const char content[] = "written by smtp-stdio --check\n";
	size_t max;

	t->spool.site = site;
	t->spool.prefix = ".smtp-stdio-check.";
	if (spool_begin(&t->spool) < 0)
		return unusable;
	memcpy(spool_room(&t->spool, &max), content, sizeof(content) - 1);
	spool_put(&t->spool, sizeof(content) - 1);
	return spool_finish(&t->spool) < 0 ? "cannot store a file" : NULL;
}

bool
trial_is_new(struct trial *t, const char *box)
{
	uint64_t hash = span_hash(span_of(box));
	size_t slot;

	hash += hash == 0;
	slot = hash % TRIAL_SLOTS;
	while (t->seen[slot] && t->seen[slot] != hash)
		slot = (slot + 1) % TRIAL_SLOTS;
	if (t->seen[slot])
		return false;
	if (t->names == TRIAL_NAMES_MAX)
		return true;
	t->names++;
	t->seen[slot] = hash;
	return true;
}

static const char *
try_link(struct trial *t, const char *box, int new)
{
	struct spool_link link;
	int failed = spool_link(&t->spool, box, new, &link), error = errno;

	if (failed && spool_give_name(&t->spool) == 0) {
		failed = spool_link(&t->spool, box, new, &link);
		error = errno;
	}
	errno = error;
	if (failed)
		return errno == EPERM || errno == EOPNOTSUPP
		    ? "its file system has no hard links"
		    : unusable;
	failed = os_sync(new) < 0 ? errno : 0;
	if (spool_unlink(&t->spool, new, &link) < 0)
		return "the trial file cannot be removed";
	if (!failed)
		return os_sync(new) < 0 ? unusable : NULL;
	errno = failed;
	return failed == EINVAL ? "its file system cannot sync directories"
	                        : unusable;
}

const char *
trial_maildir(struct trial *t, const char *box)
{
	struct file_id id;
	const char *what;
	int new;

	if (maildir_ready(t->spool.site->mail, box, &id) < 0) {
		what = maildir_reason(errno);
		if (what)
			errno = 0; /* it says all */
		return what ? what : unusable;
	}
	new = maildir_open(t->spool.site->mail, box, &id);
	if (new < 0)
		return unusable;
	what = try_link(t, box, new);
	file_close(new);
	return what;
}

void
trial_end(struct trial *t)
{
	spool_end(&t->spool);
}
