/* limits - the cost of a mail server's system calls alone
 *
 *     limits                  sends a greeting, and reads until the end
 *     limits MAIL [USERS]     replies by the first letter of a line and stores
 *                             each message durably in MAIL/r000/new and so on,
 *                             one for each recipient; looks each of them up by
 *                             bisection in USERS, sorted
 *
 *     limits MAIL -           stores standard input in MAIL/r000/new durably
 *
 * It makes the same calls as smtp-stdio, checks nothing, and is the reference
 * for the figures of tests/bench/bench. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char in[65536], out[16384], block[4096], gathered[262144];
static size_t filled, queued, gathered_n;
static off_t written, started;
static int mail, users = -1, message = -1;
static off_t users_size, block_at = -1;
static unsigned recipients, number;

static void
must(int ok)
{
	if (!ok) {
		perror("limits");
		exit(1);
	}
}

static void
answer(const char *line)
{
	size_t n = strlen(line);

	memcpy(out + queued, line, n);
	queued += n;
}

static void
flush(void)
{
	must(write(1, out, queued) == (ssize_t)queued);
	queued = 0;
}

/* The line that starts after the first LF from AT on. */
static const char *
line_at(off_t at)
{
	const char *lf;

	if (block_at < 0 || at < block_at ||
	    at + 200 > block_at + (off_t)sizeof(block)) {
		must(pread(users, block, sizeof(block), at) > 0);
		block_at = at;
	}
	lf = memchr(block + (at - block_at), '\n', 200);
	return lf ? lf + 1 : block;
}

static void
look_up(const char *address, size_t n)
{
	off_t low = 0, high = users_size, middle;

	while (low + 100 < high) {
		middle = low + (high - low) / 2;
		if (memcmp(line_at(middle), address, n) < 0)
			low = middle;
		else
			high = middle;
	}
}

/* All links precede the first sync of a directory. */
static void
deliver(void)
{
	char path[100], self[40];
	unsigned i;
	int dir;

	must(fsync(message) == 0);
	number++;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", message);
	for (i = 0; i < recipients; i++) {
		snprintf(path, sizeof(path), "r%03u/new/%d.%u", i, getpid(),
		    number);
		must(
		    linkat(AT_FDCWD, self, mail, path, AT_SYMLINK_FOLLOW) == 0);
	}
	for (i = 0; i < recipients; i++) {
		snprintf(path, sizeof(path), "r%03u/new", i);
		dir = openat(mail, path, O_RDONLY | O_DIRECTORY);
		must(dir >= 0 && fsync(dir) == 0 && close(dir) == 0);
	}
	close(message);
	message = -1;
}

/* Writes aligned blocks, and starts the transfer to disk every 8 MB. */
static void
write_out(void)
{
	must(write(message, gathered, gathered_n) == (ssize_t)gathered_n);
	written += (off_t)gathered_n;
	gathered_n = 0;
	if (written - started >= 8 << 20) {
		sync_file_range(message, started, written - started,
		    SYNC_FILE_RANGE_WRITE);
		started = written;
	}
}

static void
keep(const char *s, size_t n)
{
	size_t part;

	for (; n > 0; s += part, n -= part) {
		part = sizeof(gathered) - gathered_n;
		if (part > n)
			part = n;
		memcpy(gathered + gathered_n, s, part);
		gathered_n += part;
		if (gathered_n == sizeof(gathered))
			write_out();
	}
}

/* Consumes octets of the message.  Returns how many were used. */
static size_t
take_data(const char *s, size_t n)
{
	const char *dot = s, *end = s + n;

	while ((dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > s && dot[-1] == '\n' && dot + 3 <= end &&
		    dot[1] == '\r' && dot[2] == '\n')
			break;
		dot++;
	}
	if (!dot && n < 4)
		return 0;
	n = dot ? (size_t)(dot - s) : n - 3; /* part of an end may be there */
	keep(s, n);
	if (!dot)
		return n;
	write_out();
	deliver();
	answer("250 stored\r\n");
	return n + 3;
}

static void
open_message(void)
{
	written = started = 0;
	message = openat(mail, "r000/tmp", O_RDWR | O_TMPFILE, 0600);
	must(message >= 0);
}

static int
copy(void)
{
	ssize_t got;

	open_message();
	do {
		got = read(0, in, sizeof(in));
		must(got >= 0);
		keep(in, (size_t)got);
	} while (got > 0);
	write_out();
	recipients = 1;
	deliver();
	return 0;
}

static void
take_line(const char *s, size_t n)
{
	switch (s[0]) {
	case 'E':
		answer("250-limits\r\n250 PIPELINING\r\n");
		return;
	case 'M':
		recipients = 0;
		break;
	case 'R':
		recipients++;
		if (users >= 0)
			look_up(s + 9, n - 12);
		break;
	case 'D':
		open_message();
		answer("354 go on\r\n");
		return;
	case 'Q':
		answer("221 bye\r\n");
		flush();
		exit(0);
	}
	answer("250 fine\r\n");
}

static void
take(void)
{
	size_t at = 0, n;
	const char *lf;

	while (at < filled) {
		if (message >= 0) {
			n = take_data(in + at, filled - at);
			if (n == 0)
				break;
			at += n;
			continue;
		}
		lf = memchr(in + at, '\n', filled - at);
		if (!lf)
			break;
		n = (size_t)(lf - in) + 1 - at;
		take_line(in + at, n);
		at += n;
		if (queued > sizeof(out) / 2)
			flush();
	}
	filled -= at;
	memmove(in, in + at, filled);
}

int
main(int argc, char *argv[])
{
	struct stat st;
	ssize_t got;

	if (argc > 1)
		mail = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (argc > 2 && strcmp(argv[2], "-") == 0)
		return copy();
	if (argc > 2) {
		users = open(argv[2], O_RDONLY);
		must(users >= 0 && fstat(users, &st) == 0);
		users_size = st.st_size;
	}
	answer("220 limits ESMTP\r\n");
	do {
		flush();
		got = read(0, in + filled, sizeof(in) - filled);
		must(got >= 0);
		filled += (size_t)got;
		if (argc > 1)
			take();
	} while (got > 0);
	return 0;
}
