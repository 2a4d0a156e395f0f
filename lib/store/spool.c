/* The message that is being received.  See spool.h. */
#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "monitor/request.h"

enum {
	TRIES = 10000, /* limit of file names to try */
	NAME_MAX_OCTETS = 255,
};

/* Adds HOST, with `/` and `:` escaped: the first is invalid in file names, the
 * second in Maildir names.  HOST is cut where the text is full. */
static void
add_host(struct text *t, struct span host)
{
	for (; host.n > 0 && !t->full; span_take_n(&host, 1))
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

/* Writes the file name, SECONDS.MmicrosPpidQn_RANDOM.HOST,S=size, of which HOST
 * is cut if the name would be too long. */
static const char *
make_name(const struct spool *s, uint64_t n,
    char name[static NAME_MAX_OCTETS + 1])
{
	char buffer[32];
	struct text size = text_in(buffer, sizeof(buffer));
	struct text t;

	text_add(&size, ",S=");
	text_number(&size, s->size, 0);
	t = text_in(name, NAME_MAX_OCTETS - size.n);
	add_id(&t, s, n);
	text_char(&t, '.');
	add_host(&t, s->site->host);
	t.full = false;
	t.max = NAME_MAX_OCTETS + 1;
	text_span(&t, text_span_of(&size));
	return text_end(&t);
}

/* File names sort by the time at which their messages began. */
static int
make_id(struct spool *s)
{
	struct text stamp = text_in(s->stamp, sizeof(s->stamp));
	struct text random = text_in(s->random, sizeof(s->random));
	struct text id = text_in(s->id, sizeof(s->id));
	uint64_t bits;

	if (os_random(&bits) < 0)
		return -1;
	s->time = os_wall_time();
	text_add(&stamp, s->prefix ? s->prefix : "");
	text_number(&stamp, (uint64_t)s->time.tv_sec, 0);
	text_add(&stamp, ".M");
	text_number(&stamp, (uint64_t)s->time.tv_nsec / 1000, 6);
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

/* Returns the descriptor of the exchange, or -1. */
static int
exchange(const struct spool *s)
{
	return s->requests ? s->requests->exchange : -1;
}

/* Where there is an exchange, the session must not read files of the mail
 * directory: what it has to read again is there. */
static int
mode(const struct spool *s)
{
	return exchange(s) < 0 ? O_RDWR : O_WRONLY;
}

static int
create_in_spool(const struct spool *s, struct tempfile *f)
{
	time_t age =
	    s->deadline > TEMPFILE_STALE ? (time_t)s->deadline : TEMPFILE_STALE;

	return tempfile_create_in_spool(f, s->site->mail, s->id,
	    s->time.tv_sec - age, mode(s));
}

static int
clear_exchange(struct spool *s)
{
	struct request clear = { .kind = REQUEST_CLEAR };
	struct answer answer;

	if (request_send(s->requests, &clear, &answer) < 0)
		return -1;
	errno = (int)answer.error;
	if (errno)
		return -1;
	s->exchanged = 0;
	return 0;
}

/* Creates the file of a message. */
static int
create(struct spool *s, struct tempfile *f)
{
	if (tempfile_create(f, s->site->mail, mode(s)) == 0)
		return 0;
	return errno == EOPNOTSUPP ? create_in_spool(s, f) : -1;
}

int
spool_begin(struct spool *s)
{
	s->messages++;
	s->error = 0;
	s->size = 0;
	s->start = SPOOL_GAP;
	s->fill = 0;
	s->started = 0;
	if (make_id(s) < 0 || (s->exchanged > 0 && clear_exchange(s) < 0))
		return -1;
	return create(s, &s->file);
}

/* Octets of a write that failed are in the exchange, too, as far as there was
 * room: it has to be cleared before the next message, and nothing can follow
 * them. */
int
spool_put_in_exchange(struct spool *s, struct span octets)
{
	errno = s->error;
	if (s->error)
		return -1;
	s->exchanged += octets.n;
	if (file_write_all(exchange(s), octets.s, octets.n) < 0) {
		s->error = errno;
		return -1;
	}
	return 0;
}

static void
write_out(struct spool *s)
{
	if (!s->error &&
	    file_write_all(s->file.fd, s->room + s->start, s->fill) < 0)
		s->error = errno;
	if (!s->error && exchange(s) >= 0)
		(void)spool_put_in_exchange(s,
		    (struct span){ s->room + s->start, s->fill });
	s->fill = 0; /* all are written, or `error` is set */
	if (s->size - s->started < SPOOL_AHEAD)
		return;
	os_start_writing(s->file.fd, s->started, s->size - s->started);
	s->started = s->size;
}

char *
spool_room(struct spool *s, size_t *ret_max)
{
	if (s->fill >= SPOOL_BUFFER)
		write_out(s);
	*ret_max = SPOOL_BUFFER - s->fill;
	return s->room + s->start + s->fill;
}

void
spool_put(struct spool *s, size_t n)
{
	s->fill += n;
	s->size += n;
}

struct span
spool_since(const struct spool *s, size_t at)
{
	return (struct span){ s->room + s->start + at, s->fill - at };
}

void
spool_insert_line(struct spool *s, size_t at)
{
	memmove(s->room + s->start - 1, s->room + s->start, at);
	s->start--;
	s->room[s->start + at] = '\n';
	spool_put(s, 1);
}

/* Links F into NEW under the first name that is free there. */
static int
link_into(struct spool *s, const struct tempfile *f, int new,
    struct spool_link *ret)
{
	char name[NAME_MAX_OCTETS + 1];
	uint64_t n = s->messages;
	int failed;

	ret->file = f->id;
	do {
		ret->n = n++;
		failed = tempfile_link(f, new, make_name(s, ret->n, name));
	} while (failed && errno == EEXIST && n < s->messages + TRIES);
	return failed;
}

/* Writes the message to the descriptor TO.  The buffer is free: the message is
 * complete.  Envelopes may follow it in the exchange. */
static int
write_copy(struct spool *s, int to)
{
	int fd = exchange(s) < 0 ? s->file.fd : exchange(s);
	struct file_range message = { fd, 0, s->size };

	return file_copy(message, to, s->room, SPOOL_BUFFER);
}

static int
copy_octets(struct spool *s, int to)
{
	return write_copy(s, to) < 0 ? -1 : os_sync(to);
}

/* Creates a file for a copy on the file system of BOX. */
static int
create_copy(const struct spool *s, const char *box, int new, struct tempfile *f)
{
	int tmp;

	if (tempfile_create(f, new, O_WRONLY) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return -1;
	tmp = maildir_open_tmp(s->site->mail, box);
	return tmp < 0 ? -1 : tempfile_create_named(f, tmp, s->id, O_WRONLY);
}

static int
copy_into(struct spool *s, const char *box, int new, struct spool_link *ret)
{
	struct tempfile copy;
	int failed;

	if (create_copy(s, box, new, &copy) < 0)
		return -1;
	failed = copy_octets(s, copy.fd);
	if (!failed)
		failed = link_into(s, &copy, new, ret);
	tempfile_discard(&copy);
	return failed;
}

int
spool_link(struct spool *s, const char *box, int new, struct spool_link *ret)
{
	int failed = link_into(s, &s->file, new, ret);

	return failed && errno == EXDEV ? copy_into(s, box, new, ret) : failed;
}

int
spool_unlink(const struct spool *s, int new, const struct spool_link *link)
{
	char name[NAME_MAX_OCTETS + 1];
	struct file_id now;

	make_name(s, link->n, name);
	if (file_identify_name(new, name, &now) < 0)
		return -1;
	if (file_is_same(&now, &link->file))
		return file_unlink(new, name);
	errno = ESTALE;
	return -1;
}

int
spool_flush(struct spool *s)
{
	write_out(s);
	errno = s->error;
	return s->error ? -1 : 0;
}

int
spool_finish(struct spool *s)
{
	return spool_flush(s) < 0 ? -1 : os_sync(s->file.fd);
}

int
spool_replace(struct spool *s, uint64_t size)
{
	struct tempfile new;

	if (s->file.dir >= 0)
		tempfile_discard(&s->file); /* the new one has its name */
	if (create(s, &new) < 0)
		return -1;
	s->size = size;
	if (write_copy(s, new.fd) < 0) {
		tempfile_discard(&new);
		return -1;
	}
	tempfile_discard(&s->file);
	s->file = new;
	return 0;
}

int
spool_give_name(struct spool *s)
{
	struct tempfile named;

	if (s->file.dir >= 0) {
		errno = EEXIST;
		return -1;
	}
	if (create_in_spool(s, &named) < 0)
		return -1;
	if (copy_octets(s, named.fd) < 0) {
		tempfile_discard(&named);
		return -1;
	}
	close(s->file.fd);
	s->file = named;
	return 0;
}

void
spool_end(struct spool *s)
{
	tempfile_discard(&s->file);
}
