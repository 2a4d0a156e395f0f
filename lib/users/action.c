/* Parser for the action of a users.txt line.  See action.h. */
#include "users/action.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "users/key.h"

/* True if NAME has an octet that does not show, such as a no-break space. */
static bool
has_hidden(struct span name)
{
	uint32_t point;

	while (name.n > 0 && utf8_take(&name, &point))
		if (utf8_is_hidden(point))
			return true;
	return false;
}

/* True if PART has a blank where one Maildir ends and another word begins:
 * after a `/`, or before `./`. */
static bool
has_next_word(struct span part)
{
	struct span first = span_take_n(&part, 1);

	return is_blank((unsigned char)*first.s) ||
	    (part.n > 1 && part.s[part.n - 1] == '.' &&
	        is_blank((unsigned char)part.s[part.n - 2]));
}

/* Adds the path without empty and `.` parts: `./a//b/./` becomes `a/b`.
 * Returns NULL, or why the path is invalid. */
static const char *
add_components(struct text *name, struct span path)
{
	struct span part;

	while (path.n > 0) {
		part = span_take_until(&path, '/');
		span_take(&path, '/');
		if (part.n == 0 || span_is(part, "."))
			continue;
		if (span_is(part, ".."))
			return "the Maildir name has `..`";
		if (!span_all(part, is_not_blank))
			return has_next_word(part)
			    ? "nothing may follow a Maildir; for two, use an "
			      "alias of addresses with one each"
			    : "the Maildir name has a blank";
		if (has_hidden(part))
			return "the Maildir name has a character that does not "
			       "show; type it again";
		if (name->n == 0 && span_is(part, ".spool"))
			return "the directory .spool is reserved";
		text_add(name, name->n > 0 ? "/" : "");
		text_span(name, part);
	}
	return name->n > 0 ? NULL : "the Maildir name is empty";
}

/* Adds the address as the Maildir of a line that names none. */
static const char *
add_address(struct text *name, struct span address)
{
	if (span_is(address, KEY_EVERYBODY_WORD))
		return "name a Maildir for everybody: `* ./all/`";
	if (memchr(address.s, '/', address.n) || address.s[0] == '.')
		return "address cannot be used as a directory name; specify "
		       "./maildir/";
	text_span(name, address);
	return NULL;
}

static struct span
take_word(struct span *rest)
{
	struct span word = span_take_while(rest, is_not_blank);

	span_take_while(rest, is_blank);
	return word;
}

/* Adds words separated by single spaces.  Returns REASON if there is none, else
 * NULL. */
static const char *
add_words(struct text *words, struct span rest, const char *reason)
{
	while (rest.n > 0) {
		text_add(words, words->n > 0 ? " " : "");
		text_span(words, take_word(&rest));
	}
	return words->n > 0 ? NULL : reason;
}

/* A list without any address is most likely a misspelt action. */
static const char *
add_targets(struct text *targets, struct span rest)
{
	struct span words = rest, first = take_word(&words);
	const char *reason = NULL;

	if (first.n > 0 && first.s[first.n - 1] == '/')
		return "a Maildir is below --mail; write it as ./dir/";
	if (!memchr(rest.s, '@', rest.n) && key_parse_target(first) != NULL)
		return "unknown action: expected ./dir/, |/command, "
		       "addresses or a refusal code";
	words = rest;
	while (words.n > 0 && !reason)
		reason = key_parse_target(take_word(&words));
	return reason ? reason
	              : add_words(targets, rest, "the alias has no addresses");
}

/* 1 to 3 digits without a leading zero (RFC 3463 2). */
static bool
take_subcode(struct span *rest)
{
	struct span digits = span_take_while(rest, is_digit);

	return digits.n >= 1 && digits.n <= 3 &&
	    (digits.s[0] != '0' || digits.n == 1);
}

/* class.subject.detail; CLASS is the first digit of the reply code. */
static bool
is_enhanced_code(struct span word, char class)
{
	return span_take(&word, class) && span_take(&word, '.') &&
	    take_subcode(&word) && span_take(&word, '.') &&
	    take_subcode(&word) && word.n == 0;
}

static bool
is_digit_or_dot(unsigned char c)
{
	return is_digit(c) || c == '.';
}

/* Takes the enhanced code off the front of *REST, if there is one, or something
 * that looks like one.  Returns it, or an empty span. */
static struct span
take_enhanced_code(struct span *rest)
{
	struct span after = *rest, word = take_word(&after);

	if (!memchr(word.s, '.', word.n) || !span_all(word, is_digit_or_dot))
		return (struct span){ rest->s, 0 };
	*rest = after;
	return word;
}

static const char *
add_refusal(struct text *refusal, struct span words)
{
	struct span rest = words, code = take_word(&rest);
	struct span enhanced = take_enhanced_code(&rest);

	if (code.s[0] != '4' && code.s[0] != '5')
		return "a refusal code is from 400 to 599";
	if (enhanced.n > 0 && !is_enhanced_code(enhanced, code.s[0]))
		return "the enhanced code does not match the refusal code";
	text_span(refusal, code);
	text_char(refusal, ' ');
	text_span(refusal, enhanced);
	if (enhanced.n == 0) {
		text_char(refusal, code.s[0]);
		text_add(refusal, ".0.0");
	}
	text_char(refusal, ' ');
	text_span(refusal, rest);
	if (rest.n == 0 || refusal->n > ACTION_WORDS_MAX ||
	    !span_all(words, is_printable))
		return "refusal text is empty, longer than 400 octets or not "
		       "printable ASCII";
	return NULL;
}

static bool
is_code(struct span words)
{
	struct span word = take_word(&words);

	return word.n == 3 && span_all(word, is_digit);
}

const char *
action_refusal(struct span words, struct text *ret)
{
	return is_code(words) ? add_refusal(ret, words) : "there is no code";
}

bool
action_is_refusal(struct span words, char ret[static ACTION_WORDS_MAX + 1])
{
	struct text refusal = text_in(ret, ACTION_WORDS_MAX + 1);
	struct span rest = words;

	if (!is_code(words) || words.n > ACTION_WORDS_MAX)
		return false;
	take_word(&rest);
	return take_enhanced_code(&rest).n > 0 &&
	    add_refusal(&refusal, words) == NULL && text_end(&refusal);
}

static const char *
take_wait(struct span *rest, unsigned *ret)
{
	uint64_t seconds;

	if (!span_number(take_word(rest), &seconds) ||
	    seconds > ACTION_WAIT_MAX)
		return "`wait` takes 0 to 60 seconds";
	*ret = (unsigned)seconds;
	return NULL;
}

static bool
take_keyword(struct span *rest, const char *keyword)
{
	struct span after = *rest;

	if (!span_is(take_word(&after), keyword))
		return false;
	*rest = after;
	return true;
}

/* Parses an action without `wait` and `data`. */
static const char *
take_destination(struct span address, struct span rest, struct action *m,
    struct text *text)
{
	m->kind = ACTION_MAILDIR;
	if (rest.n == 0)
		return add_address(text, address);
	if (span_take_word(&rest, "./"))
		return add_components(text, rest);
	if (take_keyword(&rest, "discard")) {
		m->kind = ACTION_DISCARD;
		return rest.n == 0 ? NULL : "nothing may follow `discard`";
	}
	if (span_take(&rest, '|')) {
		m->kind = ACTION_COMMAND;
		m->for_all = span_take(&rest, '|');
		return add_words(text, span_trim(rest),
		    "the command is missing");
	}
	m->kind = ACTION_ALIAS;
	return add_targets(text, rest);
}

/* Parses what follows `data close`. */
static const char *
take_data_close(struct span rest, struct action *m, struct text *text)
{
	m->data_close = true;
	m->kind = rest.n > 0 ? ACTION_MAILDIR : ACTION_DROP;
	if (rest.n == 0)
		return NULL;
	return span_take_word(&rest, "./")
	    ? add_components(text, rest)
	    : "only ./dir/ may follow `data close`";
}

/* Parses what follows `data`.  After `data wait` a second `data` may follow. */
static const char *
take_data(struct span address, struct span rest, struct action *m,
    struct text *text)
{
	bool waits = take_keyword(&rest, "wait");
	const char *reason = waits ? take_wait(&rest, &m->data_wait) : NULL;
	bool again = waits && !reason && take_keyword(&rest, "data");

	if (reason)
		return reason;
	if (take_keyword(&rest, "close"))
		return take_data_close(rest, m, text);
	m->kind = ACTION_REFUSE_DATA;
	if (is_code(rest))
		return add_refusal(text, rest);
	if (!waits || again)
		return "`data` must be followed by a refusal, `wait` or "
		       "`close`";
	return take_destination(address, rest, m, text);
}

static const char *
take_close(struct span rest, struct action *m)
{
	m->kind = ACTION_CLOSE;
	return rest.n == 0 ? NULL : "nothing may follow `close`";
}

static const char *
take_action(struct span address, struct span rest, struct action *m,
    struct text *text)
{
	const char *reason = NULL;

	if (rest.n == 0)
		return take_destination(address, rest, m, text);
	if (take_keyword(&rest, "wait"))
		reason = take_wait(&rest, &m->wait);
	if (reason)
		return reason;
	if (take_keyword(&rest, "data"))
		return take_data(address, rest, m, text);
	if (take_keyword(&rest, "close"))
		return take_close(rest, m);
	m->kind = ACTION_REFUSE;
	if (is_code(rest))
		return add_refusal(text, rest);
	return take_destination(address, rest, m, text);
}

static const char *
take_action_of_sender(struct span address, struct span rest, struct action *m,
    struct text *text)
{
	bool waits = take_keyword(&rest, "wait");
	const char *reason = waits ? take_wait(&rest, &m->wait) : NULL;

	(void)address;
	if (reason)
		return reason;
	if (take_keyword(&rest, "close"))
		return take_close(rest, m);
	m->kind = ACTION_REFUSE;
	if (is_code(rest))
		return add_refusal(text, rest);
	m->kind = ACTION_GO_ON;
	return waits && rest.n == 0 ? NULL
	                            : "a sender takes a refusal, `wait` or "
	                              "`close`";
}

static const char *
parse(const struct userfile_line *line, struct action *ret,
    const char *(*take)(struct span address, struct span rest, struct action *m,
        struct text *text))
{
	struct text text = text_in(ret->text, sizeof(ret->text));
	const char *reason;

	if (line->too_long)
		return "the line is too long";
	ret->wait = ret->data_wait = 0;
	ret->data_close = ret->for_all = false;
	reason = take(line->address, line->action, ret, &text);
	if (!reason && !span_all(text_span_of(&text), is_not_control))
		reason = "the line has control characters";
	return reason || text_end(&text) ? reason : "the line is too long";
}

const char *
action_of(const struct userfile_line *line, struct action *ret)
{
	return parse(line, ret, take_action);
}

const char *
action_of_sender(const struct userfile_line *line, struct action *ret)
{
	return parse(line, ret, take_action_of_sender);
}
