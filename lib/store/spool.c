/* The message that is being received.  See spool.h. */
#include "store/spool.h"

#include <errno.h>

#include "base/file.h"
#include "base/os.h"
#include "base/text.h"

enum { TRIES = 10000 }; /* limit of file names to try */

/* Adds HOST, with `/` and `:` escaped: the first is invalid in file names, the
 * second in Maildir names. */
static void
add_host(struct text *t, struct span host)
{
	for (; host.n > 0; span_take_n(&host, 1))
		if (host.s[0] == '/')
			text_add(t, "\\057");
		else if (host.s[0] == ':')
			text_add(t, "\\072");
		else
			text_char(t, host.s[0]);
}

static void
add_id(struct text *t, const struct spool *s, uint64_t n)
{
	text_add(t, s->stamp);
	text_char(t, 'Q');
	text_number(t, n, 0);
	text_add(t, s->random);
}

/* Writes the file name: SECONDS.MmicrosPpidQn_RANDOM.HOST,S=size */
static const char *
make_name(const struct spool *s, uint64_t n, char name[static MAILDIR_NAME_MAX])
{
	struct text t = text_in(name, MAILDIR_NAME_MAX);

	add_id(&t, s, n);
	text_char(&t, '.');
	add_host(&t, s->site->host);
	text_add(&t, ",S=");
	text_number(&t, s->size, 0);
	errno = ENAMETOOLONG;
	return text_end(&t);
}

static int
make_id(struct spool *s)
{
	struct text stamp = text_in(s->stamp, sizeof(s->stamp));
	struct text random = text_in(s->random, sizeof(s->random));
	struct text id = text_in(s->id, sizeof(s->id));
	struct timespec now = os_wall_time();
	uint64_t bits;

	if (os_random(&bits) < 0)
		return -1;
	text_number(&stamp, (uint64_t)now.tv_sec, 0);
	text_add(&stamp, ".M");
	text_number(&stamp, (uint64_t)now.tv_nsec / 1000, 0);
	text_char(&stamp, 'P');
	text_number(&stamp, os_pid(), 0);
	text_end(&stamp);
	text_char(&random, '_');
	text_hex64(&random, bits);
	text_end(&random);
	add_id(&id, s, s->messages);
	text_end(&id);
	return 0;
}

int
spool_begin(struct spool *s, const char *box)
{
	s->messages++;
	s->error = 0;
	s->size = 0;
	s->fill = 0;
	s->started = 0;
	if (make_id(s) < 0)
		return -1;
	return maildir_create(s->site->mail, box, s->id, &s->file);
}

static void
write_out(struct spool *s)
{
	if (!s->error && file_write_all(s->file.fd, s->buffer, s->fill) < 0)
		s->error = errno;
	s->fill = 0; /* all are written, or `error` is set */
	if (s->size - s->started < SPOOL_AHEAD)
		return;
	os_start_writing(s->file.fd, s->started, s->size - s->started);
	s->started = s->size;
}

char *
spool_room(struct spool *s, size_t *ret_max)
{
	if (s->fill == SPOOL_BUFFER)
		write_out(s);
	*ret_max = SPOOL_BUFFER - s->fill;
	return s->buffer + s->fill;
}

void
spool_put(struct spool *s, size_t n)
{
	s->fill += n;
	s->size += n;
}

/* Links file F into BOX under the first name that is free there; *RET_N is the
 * n of that name. */
static int
link_into(struct spool *s, const struct maildir_file *f, const char *box,
    uint64_t *ret_n)
{
	char name[MAILDIR_NAME_MAX];
	uint64_t n = s->messages;
	int failed;

	do {
		if (!make_name(s, n, name))
			return -1;
		*ret_n = n++;
		failed = maildir_link(s->site->mail, f, box, name);
	} while (failed && errno == EEXIST && n < s->messages + TRIES);
	return failed;
}

static int
copy_octets(struct spool *s, int to)
{
	uint64_t at;
	ssize_t got;

	for (at = 0; at < s->size; at += (uint64_t)got) {
		got = file_read_at(s->file.fd, s->buffer, SPOOL_BUFFER, at);
		if (got == 0)
			errno = EIO; /* the file was truncated */
		if (got <= 0 || file_write_all(to, s->buffer, (size_t)got) < 0)
			return -1;
	}
	return os_sync(to);
}

/* Copies the message into BOX, which is on another file system, where a link is
 * impossible. */
static int
copy_into(struct spool *s, const char *box, uint64_t *ret_n)
{
	struct maildir_file copy;
	int failed;

	if (maildir_create(s->site->mail, box, s->id, &copy) < 0)
		return -1;
	failed = copy_octets(s, copy.fd);
	if (!failed)
		failed = link_into(s, &copy, box, ret_n);
	maildir_close(s->site->mail, &copy);
	return failed;
}

int
spool_link(struct spool *s, const char *box, size_t i)
{
	int failed = link_into(s, &s->file, box, &s->n[i]);

	return failed && errno == EXDEV ? copy_into(s, box, &s->n[i]) : failed;
}

/* Keeps errno, because it is called after another failure. */
void
spool_unlink(struct spool *s, const char *box, size_t i)
{
	char name[MAILDIR_NAME_MAX];
	int error = errno;

	if (make_name(s, s->n[i], name))
		maildir_unlink(s->site->mail, box, name);
	errno = error;
}

int
spool_sync(const struct spool *s, const char *box)
{
	return maildir_sync(s->site->mail, box);
}

int
spool_finish(struct spool *s)
{
	write_out(s);
	errno = s->error;
	return s->error ? -1 : os_sync(s->file.fd);
}

int
spool_reopen(const struct spool *s)
{
	return maildir_reopen(s->site->mail, &s->file);
}

void
spool_end(struct spool *s)
{
	maildir_close(s->site->mail, &s->file);
}
