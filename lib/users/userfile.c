/* Reader for the lines of users.txt.  See userfile.h. */
#include "users/userfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/os.h"

enum {
	PROBE = 512, /* octets; most lines are much shorter */
	RECENT = 60, /* seconds since a change of the file */
};

void
userfile_forget(struct userfile *l)
{
	l->at = UINT64_MAX;
	l->n = 0;
}

static int
load(struct userfile *l, uint64_t offset)
{
	uint64_t left = offset < l->size ? l->size - offset : 0;
	size_t n = left < sizeof(l->block) ? left : sizeof(l->block);
	ssize_t got = file_read_at(l->fd, l->block, n, offset);

	if (got >= 0 && (size_t)got < n) {
		errno = ESTALE; /* truncated meanwhile, maybe in mid-line */
		got = -1;
	}
	if (got < 0) {
		userfile_forget(l); /* the block is overwritten, or old */
		return -1;
	}
	l->at = offset;
	l->n = n;
	return 0;
}

/* Returns in *RET the octets from OFFSET on: at least a whole line, a whole
 * block, or the rest of the file. */
static int
look_at(struct userfile *l, uint64_t offset, struct span *ret)
{
	bool inside = offset >= l->at && offset <= l->at + l->n;
	bool to_the_end = l->at + l->n >= l->size;
	struct span have = { l->block, l->n };

	if (inside)
		span_take_n(&have, (size_t)(offset - l->at));
	if (!inside ||
	    (!to_the_end && have.n < l->n && !memchr(have.s, '\n', have.n))) {
		if (load(l, offset) < 0)
			return -1;
		have = (struct span){ l->block, l->n };
	}
	*ret = have;
	return 0;
}

static struct span
without_comment(struct span text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.s[i] == '#' &&
		    (i == 0 || is_blank((unsigned char)text.s[i - 1])))
			text.n = i;
	return span_trim(text);
}

static struct userfile_line
line_parse(struct span text)
{
	struct userfile_line line = { 0 };

	if (text.n > 0 && text.s[text.n - 1] == '\r')
		text.n--;
	line.too_long = text.n > USERFILE_LINE_MAX;
	text = without_comment(span_take_n(&text, USERFILE_LINE_MAX));
	line.address = span_take_while(&text, is_not_blank);
	line.action = span_trim(text);
	return line;
}

/* Reads the line at *C and moves *C to the next.  1: the line is in *RET, valid
 * until the next call; 0: end of file; -1: errno is set. */
static int
next_line(struct userfile *l, struct userfile_cursor *c,
    struct userfile_line *ret)
{
	struct span rest, text;
	uint64_t offset;
	bool within;

	do {
		offset = c->offset;
		if (look_at(l, c->offset, &rest) < 0)
			return -1;
		if (rest.n == 0)
			return 0;
		within = c->within_line;
		text = span_take_until(&rest, '\n');
		c->within_line = rest.n == 0 && text.n == sizeof(l->block);
		c->offset += text.n + (rest.n > 0);
	} while (within);
	if (l->at == 0 && text.s == l->block)
		span_take_word(&text, "\xef\xbb\xbf"); /* a byte order mark */
	*ret = line_parse(text);
	ret->offset = offset;
	ret->number = ++c->lines;
	return 1;
}

int
userfile_next(struct userfile *l, struct userfile_cursor *c,
    struct userfile_line *ret)
{
	int found;

	do
		found = next_line(l, c, ret);
	while (found > 0 && ret->address.n == 0);
	return found;
}

/* Folds eight octets at once; may give false matches, never false
 * differences. */
static uint64_t
blur(const char *s)
{
	uint64_t eight;

	memcpy(&eight, s, sizeof(eight));
	return eight | 0x2020202020202020;
}

/* False if the line of N octets at S certainly does not list KEY. */
static bool
may_hold(const char *s, size_t n, struct span key)
{
	bool prefix = key.s[key.n - 1] == ':';
	size_t i;

	if (is_blank((unsigned char)s[0]))
		return true; /* it is indented */
	if (n < key.n ||
	    (n > key.n && (unsigned char)s[key.n] > ' ' && !prefix))
		return false;
	if (prefix && to_lower((unsigned char)s[0]) != (unsigned char)*key.s)
		return false;
	for (i = 0; i + 8 <= key.n; i += 8)
		if (blur(s + i) != blur(key.s + i))
			return false;
	return true;
}

static bool
may_hold_any(const char *s, size_t n, const struct span keys[], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (may_hold(s, n, keys[i]))
			return true;
	return false;
}

void
userfile_pass(const struct userfile *l, struct userfile_cursor *c,
    const struct span keys[], size_t n)
{
	size_t at = (size_t)(c->offset - l->at);
	const char *lf;

	if (c->within_line || c->offset == 0 || c->offset < l->at)
		return;
	while (at < l->n) {
		lf = memchr(l->block + at, '\n', l->n - at);
		if (!lf ||
		    may_hold_any(l->block + at, (size_t)(lf - l->block) - at,
		        keys, n))
			break;
		at = (size_t)(lf - l->block) + 1;
		c->lines++;
	}
	if (l->at + at > c->offset)
		c->offset = l->at + at;
}

int
userfile_compare(struct span address, struct span key)
{
	size_t i, least = address.n < key.n ? address.n : key.n;
	unsigned char a, k;

	for (i = 0; i < least; i++) {
		a = to_lower((unsigned char)address.s[i]);
		k = (unsigned char)key.s[i];
		if (a != k)
			return a < k ? -1 : 1;
	}
	return (address.n > key.n) - (address.n < key.n);
}

static bool
is_visible(unsigned char c)
{
	return c > ' ';
}

/* Finds the first line that starts after OFFSET by reading only PROBE octets
 * into OCTETS, and sets its address and offset in *RET, not its action.  False:
 * it was not found this way; call userfile_next(). */
static bool
probe(const struct userfile *l, uint64_t offset, char octets[static PROBE],
    struct userfile_line *ret)
{
	struct span address, rest = { octets, 0 };
	ssize_t got = file_read_at(l->fd, octets, PROBE, offset);

	if (got > 0 && offset + (uint64_t)got <= l->size)
		rest.n = (size_t)got;
	span_take_until(&rest, '\n');
	span_take(&rest, '\n');
	address = rest;
	span_take_while(&rest, is_visible);
	address.n -= rest.n;
	if (address.n == 0 || *address.s == '#' || rest.n == 0)
		return false;
	if (!is_blank((unsigned char)*rest.s) && *rest.s != '\n' &&
	    !span_take_word(&rest, "\r\n"))
		return false;
	ret->address = address;
	ret->offset = offset + (uint64_t)(address.s - octets);
	return true;
}

int
userfile_halve(struct userfile *l, struct span key, struct userfile_cursor *ret)
{
	uint64_t low = l->first, high = l->size, middle;
	char octets[PROBE];
	struct userfile_cursor c;
	struct userfile_line line;
	int found;

	while (low + USERFILE_LINE_MAX < high) {
		middle = low + (high - low) / 2;
		c = (struct userfile_cursor){ .offset = middle,
			.within_line = true };
		found = probe(l, middle, octets, &line)
		    ? 1
		    : userfile_next(l, &c, &line);
		if (found < 0)
			return -1;
		if (found > 0 && userfile_compare(line.address, key) < 0)
			low = line.offset;
		else
			high = middle; /* the next line is not below KEY */
	}
	*ret = (struct userfile_cursor){ .offset = low };
	return 0;
}

/* Skips the lines before the first address. */
static int
pass_comments(struct userfile *l)
{
	struct userfile_cursor c = { 0 };
	struct userfile_line line = { 0 };
	int found = userfile_next(l, &c, &line);

	l->first = found > 0 ? line.offset : l->size;
	return found < 0 ? -1 : 0;
}

static bool
says_sorted(const struct userfile *l)
{
	struct span rest = { l->block, l->n };

	span_take_word(&rest, "\xef\xbb\xbf");
	rest = span_take_until(&rest, '\n');
	if (rest.n > 0 && rest.s[rest.n - 1] == '\r')
		rest.n--;
	return span_is(span_trim(rest), "# sorted");
}

bool
userfile_lacks_end(const struct userfile *l)
{
	char last;

	return l->size > 0 && file_read_at(l->fd, &last, 1, l->size - 1) == 1 &&
	    last != '\n';
}

bool
userfile_is_being_written(const struct userfile *l)
{
	struct stat st;

	return fstat(l->fd, &st) == 0 && os_is_recent(st.st_mtime, RECENT) &&
	    userfile_lacks_end(l);
}

int
userfile_open(struct userfile *l, const char *file)
{
	struct stat st;

	l->fd = file_open(AT_FDCWD, file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (l->fd < 0 || fstat(l->fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = 0;
		return -1;
	}
	l->size = (uint64_t)st.st_size;
	l->first = 0;
	if (load(l, 0) < 0)
		return -1;
	l->sorted = says_sorted(l);
	return l->sorted ? pass_comments(l) : 0;
}
