/* Tests look-ups in a users file: compares all results with a linear reading of
 * the whole text, also for a sorted copy, which is searched by bisection.  For
 * any actions and aliases, the envelope must be complete or unchanged.
 *
 * The input is addresses, one per line, a NUL, and the file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "fuzz.h"
#include "smtp/path.h"
#include "store/envelope.h"
#include "store/maildir.h"
#include "store/recipient.h"

enum {
	FILE_MAX = 32 << 10,
	LINES_MAX = 4096,
	KEY_MAX = USERFILE_LINE_MAX + 256,
};

#define HOST "mail.example.org"

/* A line that holds an address, as found by the linear reader. */
struct plain_line {
	struct span address, action;
	uint64_t offset, number;
	bool too_long;
};

struct plain {
	struct span content;
	size_t n;
	struct plain_line line[LINES_MAX];
};

static char input[FILE_MAX], sorted_input[FILE_MAX + LINES_MAX];
static struct plain plain, sorted_plain;
static struct site site;
static struct site site;
static struct recipients recipients;
static struct envelope envelope;
static char path[64];
static int file;

int __wrap_maildir_ready(int dir, const char *box);

/* Checks that every Maildir is below the mail directory. */
int
__wrap_maildir_ready(int dir, const char *box)
{
	struct span rest = span_of(box), part;

	(void)dir;
	MUST(rest.n > 0 && span_all(rest, is_not_control));
	while (rest.n > 0) {
		part = span_take_until(&rest, '/');
		MUST(part.n > 0 && !span_is(part, ".") && !span_is(part, ".."));
		MUST(!span_take(&rest, '/') || rest.n > 0);
	}
	return strchr(box, 'z') ? -1 : 0; /* names with z fail */
}

static struct span
without_comment(struct span text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.s[i] == '#' &&
		    (i == 0 || text.s[i - 1] == ' ' || text.s[i - 1] == '\t'))
			break;
	text.n = i;
	return span_trim(text);
}

static void
read_plainly(struct plain *p, struct span content)
{
	struct span rest = content, text;
	struct plain_line line;
	uint64_t number = 0;

	p->content = content;
	p->n = 0;
	while (rest.n > 0 && p->n < LINES_MAX) {
		line.offset = (uint64_t)(rest.s - content.s);
		line.number = ++number;
		text = fuzz_part(&rest, '\n');
		if (number == 1)
			span_take_word(&text, "\xef\xbb\xbf");
		if (text.n > 0 && text.s[text.n - 1] == '\r')
			text.n--;
		line.too_long = text.n > USERFILE_LINE_MAX;
		text = span_take_n(&text, USERFILE_LINE_MAX);
		text = without_comment(text);
		line.address = span_take_while(&text, is_not_blank);
		line.action = span_trim(text);
		if (line.address.n > 0)
			p->line[p->n++] = line;
	}
}

static void
write_file(struct span content)
{
	MUST(ftruncate(file, 0) == 0);
	MUST(pwrite(file, content.s, content.n, 0) == (ssize_t)content.n);
}

/* Checks that the action of a line is within the limits of action.h. */
static void
judge_meaning(const struct userfile_line *line)
{
	static struct action m;
	enum key_kind kind;
	const char *why = entry_parse(line, &kind, &m);
	struct span text, code;
	uint64_t number;

	if (why) {
		MUST(span_all(span_of(why), is_printable));
		return;
	}
	text = span_of(m.text);
	MUST(!line->too_long && m.wait <= ACTION_WAIT_MAX);
	MUST(m.data_wait <= ACTION_WAIT_MAX);
	MUST(kind != KEY_SENDER || m.kind == ACTION_REFUSE ||
	    m.kind == ACTION_CLOSE || m.kind == ACTION_GO_ON);
	MUST(span_all(text, is_not_control));
	switch (m.kind) {
	case ACTION_MAILDIR:
		__wrap_maildir_ready(-1, m.text);
		break;
	case ACTION_ALIAS:
	case ACTION_COMMAND:
		MUST(text.n > 0 && text.s[0] != ' ');
		MUST(text.s[text.n - 1] != ' ' && !strstr(m.text, "  "));
		break;
	case ACTION_REFUSE:
	case ACTION_REFUSE_DATA:
		code = span_take_n(&text, 3);
		MUST(span_number(code, &number));
		MUST(number >= 400 && number < 600);
		MUST(span_take(&text, ' ') && span_take(&text, code.s[0]));
		MUST(span_take(&text, '.') && text.n > 0);
		MUST(span_all(text, is_printable));
		MUST(strlen(m.text) <= ACTION_WORDS_MAX);
		break;
	case ACTION_DROP:
		MUST(m.data_close);
		break;
	case ACTION_GO_ON:
		MUST(kind == KEY_SENDER);
		break;
	case ACTION_CLOSE:
	case ACTION_DISCARD:
		break;
	}
}

/* Checks that every line is found, unchanged and at its offset. */
static void
judge_listing(struct userfile *l, const struct plain *p)
{
	struct userfile_cursor c = { 0 };
	struct userfile_line line;
	size_t i;

	for (i = 0; i < p->n; i++) {
		MUST(userfile_next(l, &c, &line) == 1);
		MUST(octets_same(line.address, p->line[i].address));
		MUST(octets_same(line.action, p->line[i].action));
		MUST(line.number == p->line[i].number);
		MUST(line.offset == p->line[i].offset);
		MUST(line.too_long == p->line[i].too_long);
		judge_meaning(&line);
	}
	MUST(p->n == LINES_MAX || userfile_next(l, &c, &line) == 0);
}

static struct span
make_key(char room[static KEY_MAX], struct span local, const char *at,
    struct span domain)
{
	struct text key = text_in(room, KEY_MAX);

	text_span(&key, local);
	text_add(&key, at);
	text_span(&key, domain);
	MUST(!key.full);
	return text_span_of(&key);
}

static const struct plain_line *
find_line(const struct plain *p, struct span key)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (span_same(p->line[i].address, key))
			return &p->line[i];
	return NULL;
}

/* Returns the first line of the first key that has a line, or NULL. */
static const struct plain_line *
find_plainly(const struct plain *p, const struct users_address *address)
{
	static char room[KEY_MAX];
	struct span nothing = { "", 0 }, local = address->local, base = local;
	bool postmaster = span_is(local, "postmaster") &&
	    (address->domain.n == 0 || span_is(address->domain, HOST));
	struct span domain = postmaster ? span_of(HOST) : address->domain;
	const struct plain_line *found;

	for (base.n = local.n > 0; base.n < local.n; base.n++)
		if (local.s[base.n] == '+')
			break;
	if (span_take_word(&local, "from:")) {
		found = NULL; /* no line lists such an address */
	} else {
		found = find_line(p, make_key(room, local, "@", domain));
		if (!found && postmaster)
			found = find_line(p, local);
		else if (!found)
			found = find_line(p, make_key(room, base, "@", domain));
	}
	if (!found)
		found = find_line(p, make_key(room, nothing, "@", domain));
	return found ? found : find_line(p, span_of("*"));
}

/* True if the last line has an end; else the file may be incomplete, as it is
 * new. */
static bool
has_end(const struct users *u)
{
	char last = '\n';

	return u->list.size == 0 ||
	    (pread(u->list.fd, &last, 1, (off_t)u->list.size - 1) == 1 &&
	        last == '\n');
}

static void
judge_find(struct users *u, const struct plain *p,
    const struct users_address *address)
{
	static struct users_entry entry;
	const struct plain_line *want = find_plainly(p, address);
	enum users_result got = users_find(u, address, span_of(HOST), &entry);

	if (want &&
	    (want->address.s[0] == '@' || span_is(want->address, "*")) &&
	    span_is(address->local, "postmaster")) {
		MUST(got != USERS_NONE); /* it may refuse: then it is ignored */
	} else if (want) {
		MUST(got == USERS_FAIL || got == USERS_FOUND);
		MUST(octets_same((struct span){ entry.listed, want->address.n },
		    want->address));
	} else if (!span_is(address->local, "postmaster")) {
		MUST(got == USERS_NONE || !has_end(u) || !users_has_line(u));
	}
	if (got == USERS_FAIL)
		MUST(u->reason && u->error == 0);
}

static void
judge_recipient(const struct path *to)
{
	struct recipients *r = &recipients;
	struct envelope *e = &envelope;
	size_t rcpts = e->rcpts, uses = e->uses, boxes = e->boxes;
	size_t commands = e->commands, used = e->used, i;
	enum recipient_result got = recipient_add(r, e, to);

	MUST(r->wait <= ACTION_WAIT_MAX);
	MUST(r->lookups <= RECIPIENT_LOOKUPS_MAX + 1);
	if (got != RECIPIENT_ADDED) {
		MUST(e->rcpts == rcpts && e->uses == uses);
		MUST(e->boxes == boxes && e->commands == commands);
		MUST(e->used == used);
		MUST(got != RECIPIENT_FAILED || r->reason);
		MUST(got != RECIPIENT_UNKNOWN || !recipient_is_listed(r, to));
		return;
	}
	MUST(e->rcpts == rcpts + 1 && e->rcpts <= ENVELOPE_MAX);
	MUST(e->uses <= r->max && e->used <= sizeof(e->texts));
	MUST(e->rcpt[rcpts].first == uses);
	MUST(e->rcpt[rcpts].n == e->uses - uses);
	MUST(e->rcpt[rcpts].n > 0 || e->rcpt[rcpts].refusal ||
	    e->rcpt[rcpts].drop || e->rcpt[rcpts].discard);
	MUST(e->rcpt[rcpts].wait <= ACTION_WAIT_MAX);
	for (i = uses; i < e->uses; i++)
		MUST(e->use[i] < 0 ? (size_t)~e->use[i] < e->commands
		                   : (size_t)e->use[i] < e->boxes);
}

/* Checks each address in the file CONTENT. */
static void
judge_file(struct plain *p, struct span content, struct span addresses)
{
	struct users *u = &recipients.users;
	struct span word;
	bool whole;

	read_plainly(p, content);
	whole = p->n < LINES_MAX;
	write_file(content);
	MUST(users_open(u, path) == 0);
	judge_listing(&u->list, p);
	envelope_start(&envelope, span_of(""));
	while (addresses.n > 0) {
		struct users_address address;
		struct path to = { .text = fuzz_part(&addresses, '\n') };

		word = span_take_n(&to.text, PATH_MAX_OCTETS);
		if (memchr(word.s, '\0', word.n) || word.n == 0)
			continue; /* an address has no NUL and is not empty */
		address = recipient_split(word);
		to = (struct path){ word, address.local, address.domain, true };
		if (whole && !u->list.sorted)
			judge_find(u, p, &address);
		if (word.s[0] != '"' && envelope.rcpts < ENVELOPE_MAX)
			judge_recipient(&to);
	}
	close(u->list.fd);
}

static int
compare(const void *a, const void *b)
{
	struct span x = ((const struct plain_line *)a)->address;
	struct span y = ((const struct plain_line *)b)->address;
	size_t i;

	for (i = 0; i < x.n && i < y.n; i++) {
		int d = to_lower((unsigned char)x.s[i]) -
		    to_lower((unsigned char)y.s[i]);

		if (d != 0)
			return d;
	}
	return (x.n > y.n) - (x.n < y.n);
}

/* Returns the lines in order, each address once, without lines that are too
 * long. */
static struct span
sort_file(const struct plain *p)
{
	static struct plain_line line[LINES_MAX];
	size_t n = 0, i;

	memcpy(line, p->line, p->n * sizeof(*line));
	qsort(line, p->n, sizeof(*line), compare);
	n = (size_t)sprintf(sorted_input, "# sorted\n");
	for (i = 0; i < p->n; i++) {
		const struct plain_line *l = &line[i];

		if (l->too_long || l->address.s[0] == '#' ||
		    (i > 0 && compare(l, l - 1) == 0))
			continue;
		memcpy(sorted_input + n, l->address.s, l->address.n);
		n += l->address.n;
		sorted_input[n++] = '\t';
		memcpy(sorted_input + n, l->action.s, l->action.n);
		n += l->action.n;
		sorted_input[n++] = '\n';
	}
	return (struct span){ sorted_input, n };
}

static void
judge_sorted(struct span content, struct span addresses)
{
	struct users *u = &recipients.users;
	struct users_address address;
	struct span word;
	size_t i;

	read_plainly(&sorted_plain, content);
	write_file(content);
	MUST(users_open(u, path) == 0 && u->list.sorted);
	judge_listing(&u->list, &sorted_plain);
	for (i = 0; i < sorted_plain.n; i++) {
		address = recipient_split(sorted_plain.line[i].address);
		judge_find(u, &sorted_plain, &address);
	}
	while (addresses.n > 0) {
		word = fuzz_part(&addresses, '\n');
		word = span_take_n(&word, USERFILE_LINE_MAX);
		address = recipient_split(word);
		if (!memchr(word.s, '\0', word.n))
			judge_find(u, &sorted_plain, &address);
	}
	close(u->list.fd);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	file = memfd_create("users", MFD_CLOEXEC);
	MUST(file >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	struct span addresses = fuzz_part(&in, '\0');

	in = fuzz_expand(in, input, sizeof(input));
	site.host = span_of(HOST);
	recipients.site = &site;
	recipients.max = n % 2 ? 100 : ENVELOPE_MAX;
	recipients.may_command = n % 3;
	judge_file(&plain, in, addresses);
	if (plain.n < LINES_MAX)
		judge_sorted(sort_file(&plain), addresses);
	return 0;
}
