/* Parser for the command line.  See options.h. */
#include "cli/options.h"

#include <assert.h>
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "cli/usage.h"
#include "cli/value.h"

static_assert((int)VALUE_COMMAND_MAX == (int)OPTIONS_COMMAND_MAX,
    "both are the limit of a command line");

enum {
	LONG_FIRST = 256, /* above every letter; then by row */
	SECONDS_MAX = 1000000,
	RECIPIENTS_MIN = 100, /* RFC 5321 4.5.3.1.8 */
};

enum kind {
	KIND_FLAG,
	KIND_TEXT,
	KIND_NAME, /* of a host */
	KIND_SIZE,
	KIND_NUMBER, /* from MIN to MAX */
	KIND_COMMAND,
	KIND_COMMANDS, /* may be given OPTIONS_POLICIES_MAX times */
	KIND_MODE,
};

/* Whether the option goes to the session inside the TLS helper, too. */
enum { INSIDE, OUTSIDE };

/* An option is stored AT its place in struct options; of KIND_MODE, AT is the
 * mode. */
static const struct row {
	const char *name;
	int letter; /* 0: none */
	enum kind kind;
	size_t at;
	uint64_t min, max;
	int where;
} rows[] = {
#define AT(member) offsetof(struct options, member)
	/* clang-format off */
	{ "users",         'u', KIND_TEXT,     AT(users), 0, 0, INSIDE },
	{ "mail",          'm', KIND_TEXT,     AT(mail), 0, 0, INSIDE },
	{ "name",          'n', KIND_NAME,     AT(name), 0, 0, INSIDE },
	{ "size",          's', KIND_SIZE,     AT(size), 0, 0, INSIDE },
	{ "recipients",    'r', KIND_NUMBER,   AT(recipients),
		RECIPIENTS_MIN, OPTIONS_RECIPIENTS_MAX, INSIDE },
	{ "timeout",       't', KIND_NUMBER,   AT(timeout),
		1, SECONDS_MAX, INSIDE },
	{ "deadline",      'd', KIND_NUMBER,   AT(deadline),
		1, SECONDS_MAX, INSIDE },
	{ "commands",      0,   KIND_FLAG,     AT(commands), 0, 0, INSIDE },
	{ "command-time",  0,   KIND_NUMBER,   AT(command_time),
		1, SECONDS_MAX, INSIDE },
	{ "filter",        0,   KIND_COMMAND,  AT(filter), 0, 0, INSIDE },
	{ "policy",        0,   KIND_COMMANDS, AT(policies), 0, 0, INSIDE },
	{ "auth",          0,   KIND_COMMAND,  AT(auth), 0, 0, INSIDE },
	{ "auth-clear",    0,   KIND_FLAG,     AT(auth_clear), 0, 0, INSIDE },
	{ "auth-required", 0,   KIND_FLAG,     AT(auth_required), 0, 0,
		INSIDE },
	{ "tls",           0,   KIND_COMMAND,  AT(tls), 0, 0, OUTSIDE },
	{ "tls-on",        0,   KIND_FLAG,     AT(tls_on), 0, 0, INSIDE },
	{ "tls-required",  0,   KIND_FLAG,     AT(tls_required), 0, 0,
		INSIDE },
	{ "proxy",         0,   KIND_FLAG,     AT(proxy), 0, 0, OUTSIDE },
	{ "lmtp",          0,   KIND_FLAG,     AT(lmtp), 0, 0, INSIDE },
	{ "lab",           0,   KIND_FLAG,     AT(lab), 0, 0, INSIDE },
	{ "catch",         0,   KIND_FLAG,     AT(catch), 0, 0, INSIDE },
	{ "lf",            0,   KIND_FLAG,     AT(lf), 0, 0, INSIDE },
	{ "no-sync",       0,   KIND_FLAG,     AT(no_sync), 0, 0, INSIDE },
	{ "deterministic", 0,   KIND_FLAG,     AT(deterministic), 0, 0,
		INSIDE },
	{ "check",         0,   KIND_MODE,     OPTIONS_CHECK, 0, 0, OUTSIDE },
	{ "talk",          0,   KIND_MODE,     OPTIONS_TALK, 0, 0, INSIDE },
	{ "record",        0,   KIND_TEXT,     AT(record), 0, 0, INSIDE },
	{ "help",          'h', KIND_MODE,     OPTIONS_DONE, 0, 0, INSIDE },
	{ "version",       'V', KIND_MODE,     OPTIONS_DONE, 0, 0, INSIDE },
/* clang-format on */
#undef AT
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static bool
has_value(const struct row *r)
{
	return r->kind != KIND_FLAG && r->kind != KIND_MODE;
}

/* Writes the table of getopt_long(). */
static void
make_longs(struct option longs[static ROWS + 1])
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
			has_value(&rows[i]) ? required_argument : no_argument,
			NULL, LONG_FIRST + (int)i };
	longs[ROWS] = (struct option){ NULL, 0, NULL, 0 };
}

/* Returns the row of OPTION, a letter or a number of make_longs(), or NULL. */
static const struct row *
find_row(int option)
{
	size_t i;

	if (option >= LONG_FIRST && option < LONG_FIRST + ROWS)
		return &rows[option - LONG_FIRST];
	for (i = 0; i < ROWS; i++)
		if (option > 0 && rows[i].letter == option)
			return &rows[i];
	return NULL;
}

static const char shorts[] = "+:u:m:n:s:r:t:d:hV";

/* With `-bs`, as programs call sendmail: its options, too.  There -t has no
 * value. */
static const char shorts_of_sendmail[] = "+:u:m:n:s:r:td:hVb:f:io:";

static const char no_sendmail_t[] =
    "sendmail's -t is not offered; use msmtp, or sendmail -bs";

/* True if the word after the option NAME, which may be shortened, is its
 * value. */
static bool
long_takes_next(const char *name)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strncmp(rows[i].name, name, strlen(name)) == 0)
			return has_value(&rows[i]);
	return false;
}

/* True if the word after WORD is the value of its last option. */
static bool
takes_next(const char *word)
{
	const char *letter;

	if (word[0] != '-')
		return false;
	if (word[1] == '-')
		return long_takes_next(word + 2);
	while (*++word) {
		letter = strchr(shorts_of_sendmail + 2, *word);
		if (letter && letter[1] == ':')
			return word[1] == '\0';
	}
	return false;
}

/* True if `-bs` is among the options, and not the value of one. */
static bool
is_as_sendmail(char *const argv[])
{
	for (argv++; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (strcmp(*argv, "-bs") == 0)
			return true;
		if (takes_next(*argv) && argv[1])
			argv++;
	}
	return false;
}

static bool
take_policy(struct options *o, const char *value)
{
	return o->policies_n < OPTIONS_POLICIES_MAX &&
	    value_command(value, &o->policies[o->policies_n++]);
}

/* Stores the option of row R in *O.  False: its value is invalid. */
static bool
take_option(struct options *o, const struct row *r, const char *value)
{
	void *place = (char *)o + r->at;

	switch (r->kind) {
	case KIND_FLAG:
		*(bool *)place = true;
		return true;
	case KIND_TEXT:
		*(const char **)place = value;
		return true;
	case KIND_NAME:
		return value_name(value, place);
	case KIND_SIZE:
		return value_size(value, place);
	case KIND_NUMBER:
		return value_number(value, r->min, r->max, place);
	case KIND_COMMAND:
		return value_command(value, place);
	case KIND_COMMANDS:
		return take_policy(o, value);
	case KIND_MODE:
		break;
	}
	return false;
}

/* Takes an option of sendmail: -bs, and some that are ignored. */
static bool
take_sendmails(int letter, const char *value)
{
	return letter != 'b' || strcmp(value, "s") == 0;
}

static enum options_mode
wrong(const char *what, const char *value)
{
	usage_complain(what, value);
	return OPTIONS_WRONG;
}

/* Reports an unknown option: WORD, or the letter that getopt_long() reports in
 * optopt.  In that case WORD may still be the previous argument.  If WORD is a
 * long name with a value that it does not take, optopt is that option. */
static enum options_mode
unknown(const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' };
	const struct row *r = find_row(optopt);

	if (r && !has_value(r))
		return wrong("the option takes no value", word);
	return wrong("unknown option", optopt > 0 ? letter : word);
}

/* Reports that WORD has no value.  If it is the last word, musl counts one on,
 * and WORD is NULL. */
static enum options_mode
missing(const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' };

	return wrong("a value is missing", word ? word : letter);
}

/* Reports a bad value of OPTION by the long name of the option. */
static enum options_mode
bad_value(int option, const char *value)
{
	char what[64];
	struct text t = text_in(what, sizeof(what));
	const struct row *r = find_row(option);

	/* That of sendmail has no value, or an option follows it. */
	if (option == 't' &&
	    (!value || (value[0] == '-' && is_alpha((unsigned char)value[1]))))
		return wrong(no_sendmail_t, NULL);
	if (!r)
		return wrong("unknown option: -b", value);
	if (r->kind == KIND_COMMANDS && value_command(value, &value))
		return wrong("--policy may be given four times", value);
	text_add(&t, "bad value for --");
	text_add(&t, r->name);
	return wrong(text_end(&t), value);
}

/* Parses [FILE...] -- COMMAND...  getopt_long() stops at FILE or after `--`. */
static enum options_mode
take_talk(struct options *o, int argc, char *argv[])
{
	int at = optind;

	o->transcripts = argv + at;
	if (strcmp(argv[at - 1], "--") != 0) {
		while (at < argc && argv[at][0] != '-')
			at++;
		if (at >= argc || strcmp(argv[at], "--") != 0)
			return wrong("--talk needs '-- COMMAND'", NULL);
		o->transcripts_n = (size_t)(at - optind);
		at++;
	}
	if (at >= argc)
		return wrong("--talk needs a command after '--'", NULL);
	o->command = argv + at;
	return OPTIONS_TALK;
}

/* Moves the options for the session inside the TLS helper to the front of
 * ARGV: all but those that apply to this process only. */
static void
keep_for_inside(struct options *o, const struct row *r, char *argv[], int from)
{
	if (r && r->where == OUTSIDE)
		return;
	while (from < optind)
		argv[++o->inside_n] = argv[from++];
}

/* Checks the options together and sets the users file. */
static enum options_mode
finish(struct options *o, enum options_mode mode)
{
	if (o->record && mode != OPTIONS_TALK)
		return wrong("--record is for --talk", NULL);
	if (o->catch && (o->commands || o->lmtp || o->lab))
		return wrong("--catch cannot be used with --commands, --lmtp"
		             " or --lab",
		    NULL);
	if ((o->auth_clear || o->auth_required) && !o->auth)
		return wrong("--auth-clear and --auth-required need --auth",
		    NULL);
	if (o->tls_required && !o->tls && !o->tls_on)
		return wrong("--tls-required needs --tls or --tls-on", NULL);
	if (!o->users && !o->catch)
		o->users = "users.txt";
	o->lf = o->lf || o->catch;
	return mode;
}

/* --help and --version. */
static enum options_mode
tell(const struct row *r)
{
	if (r->letter == 'h')
		usage_help();
	else
		usage_version();
	return OPTIONS_DONE;
}

enum options_mode
options_parse(int argc, char *argv[], struct options *ret)
{
	enum options_mode mode = OPTIONS_SERVE;
	const char *letters =
	    is_as_sendmail(argv) ? shorts_of_sendmail : shorts;
	struct option longs[ROWS + 1];
	const struct row *row;
	int option, from;

	*ret = (struct options){ .mail = "mail",
		.size = 50U << 20,
		.recipients = OPTIONS_RECIPIENTS_MAX,
		.timeout = 300,
		.deadline = 3600,
		.command_time = 300,
		.self = argv[0],
		.inside = argv + 1 };
	opterr = 0;
	make_longs(longs);
	for (;;) {
		from = optind;
		option = getopt_long(argc, argv, letters, longs, NULL);
		if (option == -1)
			break;
		if (option == ':')
			return missing(argv[optind - 1]);
		if (option == '?')
			return unknown(argv[optind - 1]);
		row = find_row(option);
		if (row && row->kind == KIND_MODE)
			mode = (enum options_mode)row->at;
		else if (row ? !take_option(ret, row, optarg)
		             : !take_sendmails(option, optarg))
			return bad_value(option, optarg);
		if (mode == OPTIONS_DONE)
			return tell(row);
		keep_for_inside(ret, row, argv, from);
	}
	if (mode == OPTIONS_TALK)
		return take_talk(ret, argc, argv);
	if (optind < argc)
		return wrong("unexpected argument", argv[optind]);
	return finish(ret, mode);
}
