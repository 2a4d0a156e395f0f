/* Parser for the command line.  See options.h. */
#include "cli/options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "cli/usage.h"
#include "smtp/path.h"

static bool
take_number(const char *digits, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;

	if (!digits || !span_number(span_of(digits), &n) || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

static bool
take_size(const char *value, uint64_t *ret)
{
	static const char units[] = "kmg";
	struct span digits = span_of(value);
	const char *unit = NULL;
	unsigned shift = 0;
	uint64_t n;

	if (digits.n > 0)
		unit = memchr(units,
		    to_lower((unsigned char)digits.s[digits.n - 1]), 3);
	if (unit) {
		digits.n--;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (!span_number(digits, &n) || n > (UINT64_MAX >> 1) >> shift)
		return false;
	*ret = n << shift;
	return true;
}

/* A command has at least one word and fits into OPTIONS_TLS_MAX octets. */
static bool
take_tls(const char *value, const char **ret)
{
	*ret = value;
	return span_trim(span_of(value)).n > 0 &&
	    strlen(value) < OPTIONS_TLS_MAX;
}

static bool
take_name(const char *value, const char **ret)
{
	*ret = value;
	return path_is_host(span_of(value));
}

enum {
	LONG_COMMANDS = 256, /* above every letter */
	LONG_COMMAND_TIME,
	LONG_TLS,
	LONG_TLS_ON,
	LONG_PROXY,
	LONG_LMTP,
	LONG_LAB,
	LONG_CATCH,
	LONG_LF,
	LONG_NO_SYNC,
	LONG_DETERMINISTIC,
	LONG_CHECK,
	LONG_TALK,
	LONG_RECORD,
	SECONDS_MAX = 1000000,
	RECIPIENTS_MIN = 100, /* RFC 5321 4.5.3.1.8 */
};

static const struct option longs[] = {
	/* clang-format off */
	{ "users",         required_argument, NULL, 'u' },
	{ "mail",          required_argument, NULL, 'm' },
	{ "name",          required_argument, NULL, 'n' },
	{ "size",          required_argument, NULL, 's' },
	{ "recipients",    required_argument, NULL, 'r' },
	{ "timeout",       required_argument, NULL, 't' },
	{ "deadline",      required_argument, NULL, 'd' },
	{ "commands",      no_argument,       NULL, LONG_COMMANDS },
	{ "command-time",  required_argument, NULL, LONG_COMMAND_TIME },
	{ "tls",           required_argument, NULL, LONG_TLS },
	{ "tls-on",        no_argument,       NULL, LONG_TLS_ON },
	{ "proxy",         no_argument,       NULL, LONG_PROXY },
	{ "lmtp",          no_argument,       NULL, LONG_LMTP },
	{ "lab",           no_argument,       NULL, LONG_LAB },
	{ "catch",         no_argument,       NULL, LONG_CATCH },
	{ "lf",            no_argument,       NULL, LONG_LF },
	{ "no-sync",       no_argument,       NULL, LONG_NO_SYNC },
	{ "deterministic", no_argument,       NULL, LONG_DETERMINISTIC },
	{ "check",         no_argument,       NULL, LONG_CHECK },
	{ "talk",          no_argument,       NULL, LONG_TALK },
	{ "record",        required_argument, NULL, LONG_RECORD },
	{ "help",          no_argument,       NULL, 'h' },
	{ "version",       no_argument,       NULL, 'V' },
	{ NULL,            0,                 NULL, 0 },
	/* clang-format on */
};

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
	const struct option *o = longs;

	while (o->name && strncmp(o->name, name, strlen(name)) != 0)
		o++;
	return o->name && o->has_arg == required_argument;
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

/* Returns where OPTION is stored if it has no value, or NULL. */
static bool *
flag_of(struct options *o, int option)
{
	switch (option) {
	case LONG_COMMANDS:
		return &o->commands;
	case LONG_TLS_ON:
		return &o->tls_on;
	case LONG_PROXY:
		return &o->proxy;
	case LONG_LMTP:
		return &o->lmtp;
	case LONG_LAB:
		return &o->lab;
	case LONG_CATCH:
		return &o->catch;
	case LONG_LF:
		return &o->lf;
	case LONG_NO_SYNC:
		return &o->no_sync;
	case LONG_DETERMINISTIC:
		return &o->deterministic;
	default:
		return NULL;
	}
}

/* Stores one option in *O.  False: its value is invalid. */
static bool
take_option(struct options *o, int option, const char *value)
{
	bool *flag = flag_of(o, option);

	if (flag) {
		*flag = true;
		return true;
	}
	switch (option) {
	case 'u':
		o->users = value;
		return true;
	case 'm':
		o->mail = value;
		return true;
	case 'n':
		return take_name(value, &o->name);
	case 's':
		return take_size(value, &o->size);
	case 'r':
		return take_number(value, RECIPIENTS_MIN,
		    OPTIONS_RECIPIENTS_MAX, &o->recipients);
	case 't':
		return take_number(value, 1, SECONDS_MAX, &o->timeout);
	case 'd':
		return take_number(value, 1, SECONDS_MAX, &o->deadline);
	case LONG_COMMAND_TIME:
		return take_number(value, 1, SECONDS_MAX, &o->command_time);
	case LONG_TLS:
		return take_tls(value, &o->tls);
	case LONG_RECORD:
		o->record = value;
		return true;
	case 'b': /* these are sendmail's */
		return strcmp(value, "s") == 0;
	case 'f':
	case 'i':
	case 'o':
		return true;
	default:
		return false;
	}
}

static enum options_mode
wrong(const char *what, const char *value)
{
	usage_complain(what, value);
	return OPTIONS_WRONG;
}

/* Returns the long name of OPTION; it is NULL if there is none. */
static const struct option *
find_long(int option)
{
	const struct option *o = longs;

	while (o->name && o->val != option)
		o++;
	return o;
}

/* Reports an unknown option: WORD, or the letter that getopt_long() reports in
 * optopt.  In that case WORD may still be the previous argument.  If WORD is a
 * long name with a value that it does not take, optopt is that option. */
static enum options_mode
unknown(const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' };
	const struct option *o = find_long(optopt);

	if (o->name && o->has_arg == no_argument)
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

/* Reports a bad value of OPTION by the long name of the option.  IS_LONG: it
 * was given so. */
static enum options_mode
bad_value(int option, const char *value, bool is_long)
{
	char what[64];
	struct text t = text_in(what, sizeof(what));
	const struct option *o = find_long(option);

	/* That of sendmail has no value, or an option follows it. */
	if (option == 't' && !is_long &&
	    (!value || (value[0] == '-' && is_alpha((unsigned char)value[1]))))
		return wrong(no_sendmail_t, NULL);
	if (!o->name)
		return wrong("unknown option: -b", value);
	text_add(&t, "bad value for --");
	text_add(&t, o->name);
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

/* Moves the options for the session inside the TLS helper to the front of ARGV:
 * all but --tls, --proxy and --check, which apply to this process only. */
static void
keep_for_inside(struct options *o, int option, char *argv[], int from)
{
	if (option == LONG_TLS || option == LONG_PROXY || option == LONG_CHECK)
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
	if (!o->users && !o->catch)
		o->users = "users.txt";
	o->lf = o->lf || o->catch;
	return mode;
}

enum options_mode
options_parse(int argc, char *argv[], struct options *ret)
{
	enum options_mode mode = OPTIONS_SERVE;
	const char *letters =
	    is_as_sendmail(argv) ? shorts_of_sendmail : shorts;
	int option, from, at;

	*ret = (struct options){ .mail = "mail",
		.size = 50U << 20,
		.recipients = OPTIONS_RECIPIENTS_MAX,
		.timeout = 300,
		.deadline = 3600,
		.command_time = 300,
		.self = argv[0],
		.inside = argv + 1 };
	opterr = 0;
	for (;;) {
		from = optind;
		at = -1;
		option = getopt_long(argc, argv, letters, longs, &at);
		if (option == -1)
			break;
		switch (option) {
		case 'h':
			usage_help();
			return OPTIONS_DONE;
		case 'V':
			usage_version();
			return OPTIONS_DONE;
		case ':':
			return missing(argv[optind - 1]);
		case '?':
			return unknown(argv[optind - 1]);
		case LONG_CHECK:
			mode = OPTIONS_CHECK;
			break;
		case LONG_TALK:
			mode = OPTIONS_TALK;
			break;
		default:
			if (!take_option(ret, option, optarg))
				return bad_value(option, optarg, at >= 0);
		}
		keep_for_inside(ret, option, argv, from);
	}
	if (mode == OPTIONS_TALK)
		return take_talk(ret, argc, argv);
	if (optind < argc)
		return wrong("unexpected argument", argv[optind]);
	return finish(ret, mode);
}
