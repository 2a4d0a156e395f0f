/* Lookup of addresses in users.txt.  See users.h. */
#include "users/users.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "smtp/path.h"

enum {
	KEYS = 4,
	KEY_MAX = USERFILE_LINE_MAX + 256, /* an address, or one at this host */
};

static const struct span nothing = { "", 0 };

/* The keys to look up, A-Z folded to a-z, in order of precedence. */
struct keys {
	size_t n;
	struct span key[KEYS];
	char octets[KEYS][KEY_MAX];
};

static enum users_result
take_entry(struct users *u, const struct userfile_line *line,
    struct users_entry *ret)
{
	struct text listed = text_in(ret->listed, sizeof(ret->listed));

	text_span(&listed, line->address);
	text_end(&listed); /* always fits: a key is within one line */
	ret->offset = line->offset;
	ret->may_pass = false;
	u->error = 0;
	u->reason = entry_parse(line, &ret->kind, &ret->action);
	return u->reason ? USERS_FAIL : USERS_FOUND;
}

/* The last line with --catch. */
static const struct userfile_line catch_all = {
	.address = { "*", 1 },
	.action = { "./all/", 6 },
};

static enum users_result
fail(struct users *u)
{
	u->reason = "users file";
	u->error = errno;
	return USERS_FAIL;
}

/* Returns the index of ADDRESS among the first N keys, or N if it is none. */
static size_t
find_key(const struct keys *k, size_t n, struct span address)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (userfile_compare(address, k->key[i]) == 0)
			break;
	return i;
}

/* Reads the file from start to end and returns the line of the listed key with
 * the highest precedence. */
static enum users_result
find_by_scanning(struct users *u, const struct keys *k, struct users_entry *ret)
{
	enum users_result result = USERS_NONE;
	struct userfile_cursor c = { 0 };
	size_t i, best = k->n;
	struct userfile_line line;
	int found = 1;

	while (best > 0 && found > 0) {
		userfile_pass(&u->list, &c, k->key, best);
		found = userfile_next(&u->list, &c, &line);
		i = found > 0 ? find_key(k, best, line.address) : best;
		if (i < best) {
			result = take_entry(u, &line, ret);
			best = i;
		}
	}
	return found < 0 ? fail(u) : result;
}

static enum users_result
find_by_halving(struct users *u, struct span key, struct users_entry *ret)
{
	struct userfile_line line;
	struct userfile_cursor c;
	int found, diff;

	if (userfile_halve(&u->list, key, &c) < 0)
		return fail(u);
	for (;;) {
		found = userfile_next(&u->list, &c, &line);
		if (found < 0)
			return fail(u);
		diff = found > 0 ? userfile_compare(line.address, key) : 1;
		if (diff > 0)
			return USERS_NONE;
		if (diff == 0)
			return take_entry(u, &line, ret);
	}
}

static enum users_result
find_listed(struct users *u, const struct keys *k, struct users_entry *ret)
{
	enum users_result result = USERS_NONE;
	size_t i;

	if (!u->list.sorted)
		return find_by_scanning(u, k, ret);
	for (i = 0; i < k->n && result == USERS_NONE; i++)
		result = find_by_halving(u, k->key[i], ret);
	return result;
}

static bool
is_for_recipients(const struct users_entry *e)
{
	return e->kind != KEY_SENDER;
}

static bool
is_maildir(const struct users_entry *e)
{
	return strchr(e->listed, '@') && e->action.kind == ACTION_MAILDIR &&
	    !e->action.data_close;
}

/* Finds the first valid line for which IN holds; REASON: there is none. */
static enum users_result
find_first(struct users *u, struct users_entry *ret,
    bool (*in)(const struct users_entry *e), const char *reason)
{
	struct userfile_cursor c = { .offset = u->list.first };
	struct userfile_line line;
	int found;

	do {
		found = userfile_next(&u->list, &c, &line);
		if (found > 0 && take_entry(u, &line, ret) == USERS_FOUND &&
		    in(ret))
			return USERS_FOUND;
	} while (found > 0);
	if (found < 0)
		return fail(u);
	u->error = 0;
	u->reason = reason;
	return USERS_FAIL;
}

bool
users_has_line(struct users *u)
{
	struct users_entry entry;

	return u->catch ||
	    find_first(u, &entry, is_for_recipients,
	        "the users file has no valid line") == USERS_FOUND;
}

/* Returns USERS_NONE if the file is complete, as far as that is known. */
static enum users_result
confirm_none(struct users *u)
{
	if (!users_has_line(u))
		return USERS_FAIL;
	if (!userfile_is_being_written(&u->list))
		return USERS_NONE;
	u->error = 0;
	u->reason = "the users file is new, and its last line has no end";
	return USERS_FAIL;
}

/* Adds the key FRONT LOCAL AT DOMAIN, A-Z folded to a-z. */
static void
add_key(struct keys *k, const char *front, struct span local, const char *at,
    struct span domain)
{
	struct text key = text_in(k->octets[k->n], KEY_MAX);

	text_add(&key, front);
	text_folded(&key, local);
	text_add(&key, at);
	text_folded(&key, domain);
	assert(!key.full);
	k->key[k->n++] = text_span_of(&key);
}

static void
add_everybody(struct keys *k)
{
	k->key[k->n++] = span_of(KEY_EVERYBODY_WORD);
}

struct span
users_without_tag(struct span local)
{
	struct span rest = local, start = span_take_n(&rest, 1);

	start.n += span_take_until(&rest, '+').n;
	return start;
}

/* Postmaster without a domain or at HOST (RFC 5321 4.5.1): its own line, then
 * that of the domain, then that of everybody, without those before FROM. */
static enum users_result
find_postmaster(struct users *u, struct span host, enum key_kind from,
    struct users_entry *ret)
{
	enum users_result result;
	struct keys k;

	k.n = 0; /* the rest need not be cleared */
	if (from == KEY_ADDRESS) {
		add_key(&k, "postmaster", nothing, "@", host);
		add_key(&k, "postmaster", nothing, "", nothing);
	}
	if (from <= KEY_DOMAIN)
		add_key(&k, "", nothing, "@", host);
	if (from <= KEY_EVERYBODY)
		add_everybody(&k);
	result = find_listed(u, &k, ret);
	if (result == USERS_FOUND)
		ret->may_pass = ret->kind != KEY_ADDRESS;
	if (result != USERS_NONE)
		return result;
	if (u->catch)
		return take_entry(u, &catch_all, ret);
	return find_first(u, ret, is_maildir,
	    "the users file has no Maildir for Postmaster");
}

enum users_result
users_pass(struct users *u, struct span host, struct users_entry *entry)
{
	return find_postmaster(u, host,
	    entry->kind == KEY_DOMAIN ? KEY_EVERYBODY : KEY_SENDER, entry);
}

/* A local part that looks like the key of a sender must not find one. */
enum users_result
users_find(struct users *u, const struct users_address *address,
    struct span host, struct users_entry *ret)
{
	struct span local = address->local, domain = address->domain;
	struct span base = users_without_tag(local);
	enum users_result result;
	struct keys k;

	k.n = 0; /* the rest need not be cleared */
	if (path_is_postmaster(local) &&
	    (domain.n == 0 || span_same(domain, host)))
		return find_postmaster(u, host, KEY_ADDRESS, ret);
	if (!key_is_like_sender(local)) {
		add_key(&k, "", local, "@", domain);
		if (base.n < local.n)
			add_key(&k, "", base, "@", domain);
	}
	add_key(&k, "", nothing, "@", domain);
	add_everybody(&k);
	result = find_listed(u, &k, ret);
	if (result == USERS_NONE && u->catch)
		return take_entry(u, &catch_all, ret);
	return result == USERS_NONE ? confirm_none(u) : result;
}

/* Finds out whether the file has lines of senders. */
static enum users_senders
look_for_senders(struct users *u)
{
	struct span prefix = span_of(KEY_SENDER_PREFIX), rest;
	struct userfile_cursor c = { 0 };
	struct userfile_line line;
	int found;

	if (u->list.sorted && userfile_halve(&u->list, prefix, &c) < 0)
		return USERS_SENDERS_UNKNOWN;
	do {
		if (!u->list.sorted)
			userfile_pass(&u->list, &c, &prefix, 1);
		found = userfile_next(&u->list, &c, &line);
		if (found < 0)
			return USERS_SENDERS_UNKNOWN;
		rest = found > 0 ? line.address : nothing;
		if (span_take_word(&rest, KEY_SENDER_PREFIX))
			return USERS_SENDERS_SOME;
	} while (found > 0 &&
	    !(u->list.sorted && userfile_compare(line.address, prefix) > 0));
	return USERS_SENDERS_NONE;
}

enum users_result
users_find_sender(struct users *u, const struct users_address *address,
    struct users_entry *ret)
{
	struct span local = address->local, domain = address->domain;
	struct span base = users_without_tag(local);
	enum users_result result;
	struct keys k;

	k.n = 0; /* the rest need not be cleared */
	if (u->senders == USERS_SENDERS_UNKNOWN)
		u->senders = look_for_senders(u);
	if (u->senders != USERS_SENDERS_SOME)
		return USERS_NONE;
	if (domain.n == 0) {
		add_key(&k, KEY_SENDER_PREFIX, nothing, "<>", nothing);
	} else {
		add_key(&k, KEY_SENDER_PREFIX, local, "@", domain);
		if (base.n < local.n)
			add_key(&k, KEY_SENDER_PREFIX, base, "@", domain);
		add_key(&k, KEY_SENDER_PREFIX, nothing, "@", domain);
	}
	result = find_listed(u, &k, ret);
	return result == USERS_FAIL && u->error ? USERS_NONE : result;
}

int
users_open(struct users *u, const char *file)
{
	u->senders = USERS_SENDERS_UNKNOWN;
	if (file)
		return userfile_open(&u->list, file);
	u->list = (struct userfile){ .fd = -1 };
	return 0;
}
