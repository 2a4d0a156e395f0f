/* delivery_fixture - a mail directory, and a transaction to deliver
 *
 * For tests of delivery.h.  A recipient is a word of letters; each letter names
 * a Maildir.  delivery_fixture_break() describes capital letters,
 * delivery_fixture_start() digits and signs.
 *
 * Commands are run by a monitor: delivery_fixture_serve() starts the test as
 * its session, which is not confined. */
#ifndef DELIVERY_FIXTURE_H
#define DELIVERY_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/text.h"
#include "cli/options.h"
#include "monitor/monitor.h"
#include "store/delivery.h"
#include "store/envelope.h"
#include "store/maildir.h"
#include "store/spool.h"
#include "unit.h"

enum {
	DELIVERY_FIXTURE_MESSAGE = SPOOL_BUFFER + 5000,
	DELIVERY_FIXTURE_COMMANDS = '>' - '0' + 1,
};

/* A `|` line, without the address c@b. */
struct delivery_fixture_command {
	char line[2200];
	uint64_t offset; /* in the users file */
};

struct delivery_fixture {
	struct scratch scratch; /* its directory is the mail directory */
	struct site site;
	struct envelope envelope;
	struct spool spool;
	struct delivery delivery;
	struct options options;
	struct userfile users;
	struct monitor monitor;
	struct delivery_fixture_command command[DELIVERY_FIXTURE_COMMANDS];
	char message[DELIVERY_FIXTURE_MESSAGE],
	    copy[DELIVERY_FIXTURE_MESSAGE + 1];
};

static inline void
delivery_fixture_open(struct delivery_fixture *m)
{
	size_t i;

	scratch_open(&m->scratch);
	m->site.mail = open(m->scratch.dir, O_RDONLY | O_DIRECTORY);
	m->site.host = span_of("mx.example");
	m->spool.site = &m->site;
	m->delivery.helo = span_of("client.example");
	m->delivery.protocol = span_of("ESMTP");
	m->delivery.seconds = 10;
	m->delivery.deadline = INT64_MAX;
	for (i = 0; i < sizeof(m->message); i++)
		m->message[i] = (char)('!' + i % 89);
}

/* Empties the mail directory. */
static inline void
delivery_fixture_again(const struct delivery_fixture *m)
{
	scratch_empty(&m->scratch);
}

/* Writes the command lines to a users file, which stays open. */
static inline void
delivery_fixture_write_users(struct delivery_fixture *m)
{
	char content[sizeof(m->command)];
	struct text t = text_in(content, sizeof(content));
	size_t i;

	for (i = 0; i < DELIVERY_FIXTURE_COMMANDS; i++) {
		m->command[i].offset = t.n;
		text_add(&t, "c@b ");
		text_add(&t, m->command[i].line);
		text_char(&t, '\n');
	}
	scratch_write(&m->scratch, text_span_of(&t));
	if (t.full || userfile_open(&m->users, m->scratch.file) < 0)
		abort();
}

/* Runs TEST, which gets M, as the session of a monitor for m->command[].
 * Returns its exit code. */
static inline int
delivery_fixture_serve(struct delivery_fixture *m, int (*test)(void *of))
{
	delivery_fixture_write_users(m);
	m->options.commands = true;
	m->options.command_time = 30;
	m->options.deadline = 600;
	m->monitor.options = &m->options;
	m->monitor.users = &m->users;
	m->monitor.mail = m->site.mail;
	m->monitor.start = os_monotonic_ms();
	peer_set_address(&m->monitor.peer, span_of("192.0.2.1"));
	m->spool.requests = &m->monitor.requests;
	if (monitor_open(&m->monitor) < 0)
		abort();
	return monitor_run(&m->monitor, test, m);
}

/* Each RCPT has an address of its own, c0@b, c1@b and so on. */
static inline void
delivery_fixture_add_command(struct envelope *e,
    const struct delivery_fixture_command *command)
{
	char address[32];
	struct envelope_command c = { .offset = command->offset,
		.line = command->line,
		.recipient = "c@b",
		.address = address,
		.local = "c",
		.extension = "",
		.domain = "b" };

	while (*c.line == '|')
		c.line++;
	c.for_all = c.line == command->line + 2;
	snprintf(address, sizeof(address), "c%zu@b", e->rcpts);
	if (!envelope_add_command(e, &c))
		abort();
}

/* Starts a transaction with RECIPIENTS, separated by blanks: letters are
 * Maildirs, `0` to `>` are commands, `!` and `?` are two refusals after the
 * data, `.` discards and `-` drops the message.  The message is received
 * next. */
static inline void
delivery_fixture_start(struct delivery_fixture *m, const char *recipients)
{
	struct envelope *e = &m->envelope;
	struct file_id id;
	char name[2] = { 0 };

	envelope_start(e, span_of("sender@example.org"));
	envelope_begin(e, span_of("a@b"));
	for (; *recipients; recipients++) {
		name[0] = *recipients;
		if (*recipients == ' ') {
			envelope_commit(e);
			envelope_begin(e, span_of("a@b"));
		} else if (*recipients == '!' || *recipients == '?') {
			envelope_set_refusal(e, name);
		} else if (*recipients == '.') {
			envelope_current(e)->discard = true;
		} else if (*recipients == '-') {
			envelope_current(e)->drop = true;
		} else if (*recipients >= '0' && *recipients <= '>') {
			delivery_fixture_add_command(e,
			    &m->command[*recipients - '0']);
		} else if (maildir_ready(m->site.mail, name, &id) < 0 ||
		    !envelope_add_box(e, name, &id)) {
			abort();
		}
	}
	envelope_commit(e);
}

static inline void
delivery_fixture_receive(struct delivery_fixture *m)
{
	struct span rest = { m->message, sizeof(m->message) }, part;
	struct spool *s = &m->spool;
	size_t max;
	char *room;

	if (spool_begin(s) < 0)
		abort();
	while (rest.n > 0) {
		room = spool_room(s, &max);
		part = span_take_n(&rest, max);
		memcpy(room, part.s, part.n);
		spool_put(s, part.n);
	}
}

/* Breaks the Maildirs with capital letters, as if after RCPT: removes new/ in A
 * to M, and replaces it with a file in N to Z. */
static inline void
delivery_fixture_break(const struct delivery_fixture *m)
{
	char path[] = "A/new";
	int fd;

	for (path[0] = 'A'; path[0] <= 'Z'; path[0]++) {
		if (unlinkat(m->site.mail, path, AT_REMOVEDIR) < 0 ||
		    path[0] < 'N')
			continue;
		fd = file_open(m->site.mail, path, O_WRONLY | O_CREAT);
		if (fd < 0)
			abort();
		close(fd);
	}
}

/* Returns the number of complete messages in new/ of Maildir BOX.  Each
 * incomplete message, and each file left in tmp/, counts as a hundred. */
static inline size_t
delivery_fixture_count(struct delivery_fixture *m, const char *box)
{
	char path[64];
	struct dirent *entry;
	size_t n = 0;
	ssize_t got;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%s/tmp", box);
	n += 100 * entries_in(m->site.mail, path);
	snprintf(path, sizeof(path), "%s/new", box);
	fd = openat(m->site.mail, path, O_RDONLY | O_DIRECTORY);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY);
		got = file_read_at(fd, m->copy, sizeof(m->copy), 0);
		close(fd);
		n += got == sizeof(m->message) &&
		        !memcmp(m->copy, m->message, sizeof(m->message))
		    ? 1
		    : 100;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Returns the outcomes, one letter each, in the caller's buffer SHOWN. */
static inline struct span
delivery_fixture_outcomes(const struct delivery_fixture *m,
    char shown[static ENVELOPE_MAX])
{
	const struct delivery *d = &m->delivery;
	size_t i;

	for (i = 0; i < d->outcomes; i++)
		switch (d->outcome[i].result) {
		case DELIVERY_DONE:
			shown[i] = '+';
			break;
		case DELIVERY_REFUSED:
			shown[i] = d->outcome[i].words[0];
			break;
		case DELIVERY_FAILED:
			shown[i] = d->outcome[i].error ? 'F' : '0';
			break;
		case DELIVERY_COMMAND_REFUSES:
			shown[i] = 'N';
			break;
		case DELIVERY_COMMAND_FAILS:
			shown[i] = 'T';
			break;
		case DELIVERY_FILTER_REFUSES:
		case DELIVERY_FILTER_FAILS:
			shown[i] = 'X'; /* there is no filter here */
			break;
		case DELIVERY_DROPPED:
			shown[i] = '-';
			break;
		}
	return (struct span){ shown, d->outcomes };
}

/* Returns the names of the Maildirs a to z that have the message, in the
 * caller's buffer SHOWN.  A Maildir that has it more than once, or incomplete,
 * is shown as `*`. */
static inline struct span
delivery_fixture_holders(struct delivery_fixture *m, char shown[static 26])
{
	char box[] = "a";
	size_t n = 0, count;

	for (box[0] = 'a'; box[0] <= 'z'; box[0]++) {
		if (faccessat(m->site.mail, box, F_OK, 0) < 0)
			continue;
		count = delivery_fixture_count(m, box);
		if (count > 0)
			shown[n++] = count == 1 ? box[0] : '*';
	}
	return (struct span){ shown, n };
}

/* Runs a transaction from its start to the end of delivery.  PER_RECIPIENT: one
 * outcome per recipient, as in LMTP. */
static inline void
delivery_fixture_deliver(struct delivery_fixture *m, const char *recipients,
    bool per_recipient)
{
	m->delivery.per_recipient = per_recipient;
	delivery_fixture_start(m, recipients);
	delivery_fixture_receive(m);
	delivery_fixture_break(m);
	delivery_run(&m->delivery, &m->envelope, &m->spool);
}

/* Recipients; the outcomes in SMTP and the Maildirs that then have the message;
 * the same for LMTP. */
struct delivery_fixture_row {
	const char *recipients;
	const char *smtp, *smtp_has;
	const char *lmtp, *lmtp_has;
};

/* Runs the transaction of a row and checks its outcomes, the Maildirs that have
 * the message, and that the spool file is closed. */
static inline void
delivery_fixture_expect(struct unit *u, struct delivery_fixture *m,
    const struct delivery_fixture_row *r, bool per_recipient)
{
	char outcomes[ENVELOPE_MAX], holders[26];
	struct span name = span_of(r->recipients);

	delivery_fixture_deliver(m, r->recipients, per_recipient);
	EXPECT_SPAN(u, name, delivery_fixture_outcomes(m, outcomes),
	    span_of(per_recipient ? r->lmtp : r->smtp));
	EXPECT_SPAN(u, name, delivery_fixture_holders(m, holders),
	    span_of(per_recipient ? r->lmtp_has : r->smtp_has));
	EXPECT_TRUE(u, span_of("it is over"), m->spool.file.fd < 0);
}

#endif
