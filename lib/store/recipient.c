/* Resolves a recipient address.  See recipient.h. */
#include "store/recipient.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/process.h"
#include "base/text.h"
#include "smtp/path.h"
#include "store/envelope.h"
#include "store/maildir.h"

/* What is undone if a line is passed over, and by what it is judged. */
struct attempt {
	struct envelope_mark mark;
	unsigned wait, stores, losses;
};

/* An address to look up, and the number of aliases that led to it. */
struct step {
	struct users_address address;
	unsigned depth;
	bool everybody; /* a `*` line led here */
};

static enum recipient_result
fail(struct recipients *r, const char *reason, int error)
{
	r->reason = reason;
	r->error = error;
	return RECIPIENT_FAILED;
}

/* Names the Maildir as the reason of the failure, truncated if too long. */
static enum recipient_result
fail_box(struct recipients *r, const char *maildir, int error)
{
	enum { REASON_MAX = 64 };
	const char *reason = maildir_reason(error);
	struct text t = text_in(r->words, sizeof(r->words));
	struct span name = span_of(maildir);

	text_span(&t, span_take_n(&name, ACTION_WORDS_MAX - REASON_MAX));
	if (reason) {
		text_add(&t, ": ");
		text_add(&t, reason);
	}
	text_end(&t);
	return fail(r, r->words, reason ? 0 : error);
}

/* Compares the announced size with the free space of a Maildir on another file
 * system than the mail directory (RFC 1870 6.1). */
static bool
has_room(const struct recipients *r, const char *maildir,
    const struct file_id *id)
{
	struct file_id mail;
	uint64_t room;
	bool full;
	int new;

	if (file_identify(r->site->mail, &mail) < 0 ||
	    mail.device == id->device)
		return true;
	new = maildir_open(r->site->mail, maildir, id);
	if (new < 0)
		return true; /* found when the message is delivered */
	full = os_free_space(new, &room) == 0 && r->size > room;
	close(new);
	return !full;
}

static enum recipient_result
add_box(struct recipients *r, struct envelope *e, const char *maildir)
{
	struct file_id id;

	if (maildir_ready(r->site->mail, maildir, &id) < 0)
		return fail_box(r, maildir, errno);
	if (r->size > 0 && !has_room(r, maildir, &id)) {
		fail_box(r, maildir, ENOSPC);
		return RECIPIENT_NO_ROOM;
	}
	r->stores++;
	return envelope_add_box(e, maildir, &id) ? RECIPIENT_ADDED
	                                         : RECIPIENT_TOO_MANY;
}

/* Copies A to BUFFER as a C string; any part of an address fits. */
static const char *
string_of(char buffer[static USERFILE_LINE_MAX + 1], struct span a)
{
	struct text t = text_in(buffer, USERFILE_LINE_MAX + 1);

	text_span(&t, a);
	return text_end(&t);
}

/* The same for a whole address, as sent or as an alias names it, without
 * quotes. */
static const char *
string_of_address(char buffer[static USERFILE_LINE_MAX + 1],
    const struct users_address *a)
{
	struct text t = text_in(buffer, USERFILE_LINE_MAX + 1);

	text_span(&t, a->local);
	if (a->domain.n > 0) /* else it is Postmaster */
		text_char(&t, '@');
	text_span(&t, a->domain);
	return text_end(&t);
}

static enum recipient_result
add_command(struct recipients *r, struct envelope *e, const struct step *step,
    const struct users_entry *entry)
{
	char local[USERFILE_LINE_MAX + 1], extension[USERFILE_LINE_MAX + 1];
	char domain[USERFILE_LINE_MAX + 1];
	struct span base = users_without_tag(step->address.local);
	struct span tag = step->address.local;
	char address[USERFILE_LINE_MAX + 1];
	struct envelope_command command = { .line = entry->action.text,
		.offset = entry->offset,
		.for_all = entry->action.for_all,
		.recipient = entry->listed };

	if (!r->may_command)
		return fail(r, "commands need --commands", 0);
	if (step->everybody && !r->auth_required)
		return fail(r, ENTRY_OPEN_RELAY, 0);
	if (process_lies_beneath(command.line, r->site->mail))
		return fail(r, RECIPIENT_REPLACEABLE, 0);
	span_take_n(&tag, base.n);
	span_take(&tag, '+');
	command.local = string_of(local, base);
	command.extension = string_of(extension, tag);
	command.address = string_of_address(address, &step->address);
	command.domain = string_of(domain, step->address.domain);
	r->stores++;
	return envelope_add_command(e, &command) ? RECIPIENT_ADDED
	                                         : RECIPIENT_TOO_MANY;
}

static enum recipient_result
refuse(struct recipients *r, const char *words)
{
	memcpy(r->words, words, strlen(words) + 1);
	return RECIPIENT_REFUSED;
}

struct users_address
recipient_split(struct span word)
{
	struct users_address a = { word, { word.s, 0 } };
	size_t n = word.n;

	while (n > 0 && word.s[n - 1] != '@')
		n--;
	if (n == 0)
		return a; /* no domain: postmaster */
	a.local.n = n - 1;
	a.domain = (struct span){ word.s + n, word.n - n };
	return a;
}

static enum recipient_result follow(struct recipients *r, struct envelope *e,
    const struct step *step);

static enum recipient_result
add_targets(struct recipients *r, struct envelope *e, const struct step *step,
    const char *targets)
{
	enum recipient_result result = RECIPIENT_ADDED;
	struct span rest = span_of(targets);
	struct step next = { .depth = step->depth + 1,
		.everybody = step->everybody };

	if (next.depth > RECIPIENT_DEPTH_MAX)
		return fail(r, "aliases are nested more than ten deep", 0);
	while (rest.n > 0 && result == RECIPIENT_ADDED) {
		next.address = recipient_split(span_take_until(&rest, ' '));
		span_take(&rest, ' ');
		result = follow(r, e, &next);
	}
	return result;
}

static enum recipient_result
act(struct recipients *r, struct envelope *e, const struct step *step,
    const struct users_entry *entry)
{
	struct envelope_rcpt *rcpt = envelope_current(e);
	const struct action *action = &entry->action;
	const char *text = action->text;

	if (action->wait > r->wait)
		r->wait = action->wait;
	if (action->data_wait > rcpt->wait)
		rcpt->wait = action->data_wait;
	rcpt->close = rcpt->close || action->data_close;
	r->losses += action->data_close || action->kind == ACTION_REFUSE_DATA;
	switch (action->kind) {
	case ACTION_MAILDIR:
		return add_box(r, e, text);
	case ACTION_ALIAS:
		return add_targets(r, e, step, text);
	case ACTION_COMMAND:
		return add_command(r, e, step, entry);
	case ACTION_REFUSE:
		return refuse(r, text);
	case ACTION_REFUSE_DATA:
		return envelope_set_refusal(e, text) ? RECIPIENT_ADDED
		                                     : RECIPIENT_TOO_MANY;
	case ACTION_DISCARD:
		rcpt->discard = true;
		return RECIPIENT_ADDED;
	case ACTION_DROP:
		rcpt->drop = true;
		return RECIPIENT_ADDED;
	case ACTION_CLOSE:
	case ACTION_GO_ON: /* of senders only */
		break;
	}
	return RECIPIENT_CLOSE;
}

static struct attempt
begin_attempt(const struct recipients *r, const struct envelope *e)
{
	return (
	    struct attempt){ envelope_mark(e), r->wait, r->stores, r->losses };
}

/* True if a line with RESULT stores nothing of a message, or need not: it
 * refuses, discards or closes, itself or through an alias.  Not if it fails:
 * then the client keeps the mail. */
static bool
is_lost(const struct recipients *r, const struct attempt *before,
    enum recipient_result result)
{
	if (result == RECIPIENT_ADDED)
		return r->stores == before->stores ||
		    r->losses > before->losses;
	return result == RECIPIENT_REFUSED || result == RECIPIENT_CLOSE;
}

static void
undo(struct recipients *r, struct envelope *e, const struct attempt *before)
{
	envelope_return(e, &before->mark);
	r->wait = before->wait;
	r->stores = before->stores;
	r->losses = before->losses;
}

static enum recipient_result
not_found(struct recipients *r, const struct step *step,
    enum users_result result)
{
	if (result == USERS_FAIL)
		return fail(r, r->users.reason, r->users.error);
	if (step->depth == 0)
		return RECIPIENT_UNKNOWN;
	return fail(r, "an alias names an address that is not listed", 0);
}

/* Looks up the address of STEP and applies its line; for Postmaster the first
 * of its lines by which no mail is lost (RFC 5321 4.5.1).  It is recursive for
 * aliases, at most RECIPIENT_DEPTH_MAX deep; RECIPIENT_LOOKUPS_MAX limits the
 * look-ups for loops of aliases with many targets. */
static enum recipient_result
follow(struct recipients *r, struct envelope *e, const struct step *step)
{
	struct attempt before = begin_attempt(r, e);
	struct step here = *step;
	enum recipient_result result;
	struct users_entry entry;
	enum users_result found =
	    users_find(&r->users, &step->address, r->site->host, &entry);

	for (;;) {
		if (++r->lookups > RECIPIENT_LOOKUPS_MAX)
			return fail(r, "aliases name too many addresses", 0);
		if (found != USERS_FOUND)
			return not_found(r, step, found);
		here.everybody = step->everybody || entry.kind == KEY_EVERYBODY;
		result = act(r, e, &here, &entry);
		if (!entry.may_pass || !is_lost(r, &before, result))
			return result;
		undo(r, e, &before);
		found = users_pass(&r->users, r->site->host, &entry);
	}
}

static enum recipient_result
start(struct recipients *r, struct envelope *e, struct span path,
    const struct users_address *address)
{
	struct step step = { .address = *address };

	r->wait = 0;
	r->lookups = 0;
	r->stores = 0;
	r->losses = 0;
	if (!envelope_begin(e, path))
		return RECIPIENT_TOO_MANY;
	return follow(r, e, &step);
}

enum recipient_result
recipient_add(struct recipients *r, struct envelope *e, const struct path *to)
{
	char unquoted[PATH_MAX_OCTETS];
	struct users_address a = { path_local(to, unquoted), to->domain };
	enum recipient_result result = start(r, e, to->text, &a);

	if (result == RECIPIENT_ADDED && e->uses > r->max)
		result = RECIPIENT_TOO_MANY;
	if (result == RECIPIENT_ADDED)
		envelope_commit(e);
	else
		envelope_abort(e);
	return result;
}

enum recipient_result
recipient_try(struct recipients *r, struct envelope *e,
    const struct users_address *address)
{
	enum recipient_result result = start(r, e, address->local, address);

	envelope_abort(e);
	return result;
}

enum recipient_result
recipient_check_sender(struct recipients *r, const struct path *from)
{
	char unquoted[PATH_MAX_OCTETS];
	struct users_address a = { path_local(from, unquoted), from->domain };
	struct users_entry entry;

	r->wait = 0;
	switch (users_find_sender(&r->users, &a, &entry)) {
	case USERS_FOUND:
		break;
	case USERS_NONE:
		return RECIPIENT_ADDED;
	case USERS_FAIL:
		return fail(r, r->users.reason, r->users.error);
	}
	r->wait = entry.action.wait;
	if (entry.action.kind == ACTION_REFUSE)
		return refuse(r, entry.action.text);
	return entry.action.kind == ACTION_CLOSE ? RECIPIENT_CLOSE
	                                         : RECIPIENT_ADDED;
}

bool
recipient_is_listed(struct recipients *r, const struct path *address)
{
	char unquoted[PATH_MAX_OCTETS];
	struct users_address a = { path_local(address, unquoted),
		address->domain };
	struct users_entry entry;

	return users_find(&r->users, &a, r->site->host, &entry) == USERS_FOUND;
}
