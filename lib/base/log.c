/* The operator's log.  See log.h. */
#include "base/log.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/os.h"
#include "base/text.h"

enum {
	LINE_MAX_OCTETS = 4096,
	VALUE_MAX = 256,
	WRITTEN_MAX = 640, /* octets of a value with its escapes */
	PATIENCE = 1000,   /* ms */
};

static_assert(6 * (WRITTEN_MAX + 16) < LINE_MAX_OCTETS - 128,
    "six values of clients or of users.txt, with their keys, fit in a line");

static enum { TO_STDERR, TO_JOURNAL, TO_SYSLOG } sink;
static int64_t patience = PATIENCE;
static uint64_t lost; /* lines that could not be written */
static const char *peer;
static enum log_level level;
static struct text line, field;
static size_t field_count;
static struct journal_field fields[JOURNAL_FIELDS_MAX];
static char buffer[LINE_MAX_OCTETS];
static char field_buffer[2 * LINE_MAX_OCTETS];

/* True if LOG and FD are the same file.  A character device (a terminal,
 * /dev/null) does not count: all three descriptors may refer to it, and the
 * operator still reads it. */
static bool
is_the_connection(const struct stat *log, int fd)
{
	struct stat st;

	return !S_ISCHR(log->st_mode) && fstat(fd, &st) == 0 &&
	    st.st_dev == log->st_dev && st.st_ino == log->st_ino;
}

/* JOURNAL_STREAM is the `DEVICE:INODE` that systemd connected to the journal;
 * stderr may have been redirected since (systemd.exec(5)). */
static bool
is_the_journal(const struct stat *log)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct span rest, device;
	uint64_t dev, ino;

	if (!stream)
		return false;
	rest = span_of(stream);
	device = span_take_until(&rest, ':');
	return span_take(&rest, ':') && span_number(device, &dev) &&
	    span_number(rest, &ino) && dev == log->st_dev && ino == log->st_ino;
}

void
log_open(bool by_syslog)
{
	struct stat log;

	if (fstat(2, &log) < 0)
		return;
	if (by_syslog || is_the_connection(&log, 0) ||
	    is_the_connection(&log, 1)) {
		os_limit_begin();
		openlog("smtp-stdio", LOG_PID | LOG_NDELAY, LOG_MAIL);
		if (os_limit_end())
			patience = 0;
		sink = TO_SYSLOG;
	} else if (is_the_journal(&log)) {
		sink = TO_JOURNAL;
	}
}

bool
log_opens_socket(void)
{
	return sink == TO_JOURNAL && journal_is_built_in();
}

int
log_descriptor(void)
{
	return sink == TO_SYSLOG ? -1 : STDERR_FILENO;
}

void
log_peer(const char *name)
{
	peer = name;
}

static void
add_heading(void)
{
	if (sink == TO_JOURNAL) {
		text_char(&line, '<');
		text_number(&line, (uint64_t)level, 0);
		text_char(&line, '>');
	} else if (sink == TO_STDERR) {
		text_add(&line, "smtp-stdio[");
		text_number(&line, os_pid(), 0);
		text_add(&line, "]: ");
	}
}

/* Adds a pair as a separate journal field. */
static void
add_field(const char *prefix, const char *key, struct span value)
{
	size_t start = field.n, n;

	if (sink != TO_JOURNAL || field_count == JOURNAL_FIELDS_MAX)
		return;
	text_add(&field, prefix);
	for (n = 0; key[n]; n++)
		text_char(&field, (char)to_upper((unsigned char)key[n]));
	text_char(&field, '=');
	text_span(&field, value);
	fields[field_count].s = field.s + start;
	fields[field_count++].n = field.n - start;
}

void
log_begin(enum log_level new_level, const char *event)
{
	level = new_level;
	field = text_in(field_buffer, sizeof(field_buffer));
	field_count = 0;
	line = text_in(buffer, sizeof(buffer) - 1); /* one for LF or NUL */
	add_heading();
	text_add(&line, event);
	if (peer)
		log_text("peer", span_of(peer));
}

static void
add_key(const char *key)
{
	text_char(&line, ' ');
	text_add(&line, key);
	text_char(&line, '=');
}

static bool
is_plain(unsigned char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
}

static bool
is_escaped(unsigned char c)
{
	return !is_plain(c) && c != ' ' && c != '=';
}

/* Returns the start of VALUE that can be written with REST more octets. */
static struct span
cut_value(struct span value, size_t rest)
{
	size_t n, written = rest;

	if (rest + 4 * value.n <= WRITTEN_MAX)
		return value; /* as most are, whatever their octets */
	for (n = 0; n < value.n && n + rest < VALUE_MAX; n++) {
		written += is_escaped((unsigned char)value.s[n]) ? 4 : 1;
		if (written > WRITTEN_MAX)
			break;
	}
	return (struct span){ value.s, n };
}

void
log_text(const char *key, struct span value)
{
	struct span shown = cut_value(value, 0);
	bool cut = shown.n < value.n;
	bool quoted = cut || value.n == 0 || !span_all(value, is_plain);
	size_t i;

	add_key(key);
	add_field("SMTP_STDIO_", key, shown);
	if (quoted)
		text_char(&line, '"');
	for (i = 0; i < shown.n; i++)
		if (is_escaped((unsigned char)shown.s[i]))
			text_escaped(&line, (unsigned char)shown.s[i]);
		else
			text_char(&line, shown.s[i]);
	if (cut)
		text_add(&line, "...");
	if (quoted)
		text_char(&line, '"');
}

void
log_number(const char *key, uint64_t value)
{
	size_t start;

	add_key(key);
	start = line.n;
	text_number(&line, value, 0);
	add_field("SMTP_STDIO_", key,
	    (struct span){ line.s + start, line.n - start });
}

void
log_reason(const char *what, int error)
{
	char words[VALUE_MAX];
	struct text reason = text_in(words, sizeof(words));
	const char *why = error ? strerror(error) : "";
	struct span all = span_of(what);
	struct span start = cut_value(all, strlen("...: ") + strlen(why));

	text_span(&reason, start);
	text_add(&reason, start.n < all.n ? "..." : "");
	text_add(&reason, error ? ": " : "");
	text_add(&reason, why);
	log_text("reason", text_span_of(&reason));
}

void
log_complaint(const char *words)
{
	ssize_t done;
	struct stat st;

	if (fstat(2, &st) == 0 && S_ISSOCK(st.st_mode)) {
		os_limit_begin();
		openlog("smtp-stdio", LOG_PID, LOG_MAIL);
		syslog(LOG_ERR, "%s", words);
		os_limit_end();
		return;
	}
	done = write(2, words, strlen(words));
	(void)done; /* there is no other place to report it */
}

/* Sends the line with a limit of a second.  After that syslogd is stuck, and no
 * line is sent any more. */
static void
send_to_syslog(void)
{
	if (patience > 0) {
		os_limit_begin();
		syslog((int)level, "%s", buffer);
		if (os_limit_end())
			patience = 0;
	}
	lost += patience == 0;
}

/* The same for the journal's fields.  False: they were not sent. */
static bool
send_to_journal(void)
{
	bool sent;

	if (patience == 0)
		return false;
	os_limit_begin();
	sent = journal_send(level, fields, field_count);
	if (os_limit_end())
		patience = 0;
	return sent;
}

/* A log that cannot be written must not stop the mail, so a failure here is
 * ignored. */
void
log_end(void)
{
	struct span message;
	ssize_t done = 0;

	if (sink == TO_SYSLOG) {
		buffer[line.n] = '\0';
		send_to_syslog();
		return;
	}
	if (sink == TO_STDERR && level == LOG_DETAIL)
		return;
	message = text_span_of(&line);
	span_take_n(&message, sizeof("<6>") - 1);
	add_field("", "message", message);
	if (sink == TO_JOURNAL && send_to_journal())
		return;
	buffer[line.n++] = '\n';
	if (os_wait(2, POLLOUT, os_monotonic_ms() + patience) == OS_READY)
		done = os_write(2, buffer, line.n, true);
	if (done == 0)
		patience = 0; /* the reader is stuck: do not wait again */
	lost += done <= 0;
}

uint64_t
log_lost(void)
{
	return lost;
}

void
log_failure(const char *key, const char *value, const char *what, int error)
{
	log_begin(LOG_FAILURE, "failed");
	log_text(key, span_of(value));
	log_reason(what, error);
	log_end();
}
