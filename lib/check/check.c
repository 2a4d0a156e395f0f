/* Checks the configuration.  See check.h. */
#include "check/check.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "check/commandcheck.h"
#include "check/confinement.h"
#include "check/programs.h"
#include "check/report.h"
#include "check/tlscheck.h"
#include "check/trial.h"
#include "check/userfile_check.h"
#include "cli/options.h"
#include "session/startup.h"
#include "store/envelope.h"
#include "store/maildir.h"
#include "store/recipient.h"
#include "users/users.h"

struct check {
	const struct options *options;
	struct site site;
	uint64_t maildirs;        /* number tried so far */
	uint64_t recipient_lines; /* valid ones so far */
	struct userfile_check lint;
	struct users users;            /* read line by line */
	struct recipients *recipients; /* used to follow aliases */
	struct envelope *envelope;
	struct action action;
	struct trial *trial;
	pid_t parent;
};

static const struct span nothing = { "", 0 };

/* Without a domain no line but `*` lists it. */
static const struct users_address anybody = { { "*", 1 }, { "", 0 } };

static void
problem(struct check *c, const char *file, struct span who, const char *what)
{
	c->lint.problems++;
	report_error(file, who, what, errno);
}

static void
check_maildir(struct check *c)
{
	const char *box = c->action.text, *what;

	if (!trial_is_new(c->trial, box))
		return;
	c->maildirs++;
	what = trial_maildir(c->trial, box);
	if (what)
		problem(c, c->options->mail, span_of(box), what);
	else
		report(c->options->mail, 0, span_of(box), "ok");
}

/* Reports why the last recipient that was tried failed. */
static void
failed_problem(struct check *c, uint64_t number)
{
	const struct recipients *r = c->recipients;
	char buffer[512];
	struct text t = text_in(buffer, sizeof(buffer));

	if (r->error) {
		text_add(&t, "leads to ");
		text_add(&t, r->reason);
		text_add(&t, ": ");
		text_add(&t, strerror(r->error));
	}
	userfile_check_problem(&c->lint, number,
	    r->error ? text_end(&t) : r->reason);
}

static void
check_alias(struct check *c, uint64_t number)
{
	struct span rest = span_of(c->action.text);
	struct users_address target;

	while (rest.n > 0) {
		target = recipient_split(span_take_until(&rest, ' '));
		span_take(&rest, ' ');
		switch (recipient_try(c->recipients, c->envelope, &target)) {
		case RECIPIENT_UNKNOWN:
			userfile_check_problem(&c->lint, number,
			    "names an address that is not listed; add a line"
			    " for it, or forward to it with a command such"
			    " as |/usr/sbin/sendmail -i ADDRESS and"
			    " --commands");
			break;
		case RECIPIENT_FAILED:
			failed_problem(c, number);
			break;
		default:
			break;
		}
	}
}

static void
check_command(struct check *c, uint64_t number)
{
	const char *what = c->options->commands
	    ? commandcheck(c->action.text, c->site.mail)
	    : "is a command; allow it with --commands";

	if (what)
		userfile_check_problem(&c->lint, number, what);
}

static void
check_action(struct check *c, uint64_t number)
{
	switch (c->action.kind) {
	case ACTION_MAILDIR:
		check_maildir(c);
		break;
	case ACTION_ALIAS:
		check_alias(c, number);
		break;
	case ACTION_COMMAND:
		check_command(c, number);
		break;
	case ACTION_REFUSE:
	case ACTION_REFUSE_DATA:
	case ACTION_CLOSE:
	case ACTION_DISCARD:
	case ACTION_DROP:
	case ACTION_GO_ON:
		break; /* entry_parse() has checked the reply text */
	}
}

/* A `*` line must not lead to a command; it is tried as a whole. */
static void
check_everybody(struct check *c, uint64_t number)
{
	if (recipient_try(c->recipients, c->envelope, &anybody) ==
	    RECIPIENT_FAILED)
		failed_problem(c, number);
}

static void
check_line(struct check *c, const struct userfile_line *line)
{
	enum key_kind kind;
	uint64_t before = c->lint.problems;
	const char *reason = entry_parse(line, &kind, &c->action);
	uint64_t number = line->number;

	if (!userfile_check_line(&c->lint, line, reason))
		return;
	c->recipient_lines += kind != KEY_SENDER;
	if (kind == KEY_EVERYBODY && c->action.kind == ACTION_COMMAND &&
	    !c->options->auth_required)
		userfile_check_problem(&c->lint, number, ENTRY_OPEN_RELAY);
	else
		check_action(c, number);
	if (kind == KEY_EVERYBODY && c->action.kind == ACTION_ALIAS &&
	    c->lint.problems == before)
		check_everybody(c, number);
}

/* Checks the last line of --catch. */
static void
check_catch(struct check *c)
{
	struct users_entry entry;

	report("catch", 0, nothing,
	    c->options->auth ? "every address is taken; for tests only"
	                     : "every address, user and password is taken; for"
	                       " tests only");
	if (users_find(&c->recipients->users, &anybody, c->site.host, &entry) !=
	    USERS_FOUND)
		return; /* reported with its line */
	c->action = entry.action;
	if (c->action.kind == ACTION_MAILDIR)
		check_maildir(c);
}

static void
check_users(struct check *c)
{
	struct userfile_cursor at = { 0 };
	struct userfile_line line;
	int found = 0;

	while (getppid() == c->parent) {
		c->lint.end = at.offset;
		found = userfile_next(&c->users.list, &at, &line);
		if (found <= 0)
			break;
		check_line(c, &line);
	}
	if (getppid() != c->parent)
		return;
	if (found == 0 && userfile_lacks_end(&c->users.list))
		report(c->options->users, 0, nothing,
		    "the last line has no end; is the file complete?");
	if (found < 0)
		problem(c, c->options->users, nothing, "cannot be read");
	else if (c->options->catch)
		check_catch(c);
	else if (c->recipient_lines == 0)
		userfile_check_problem(&c->lint, 0,
		    "has no address, so all mail is refused; add one");
}

static void
report_total(const struct check *c)
{
	char buffer[256];
	struct text t = text_in(buffer, sizeof(buffer));

	report_count(&t, c->lint.addresses, " address", "es");
	text_add(&t, c->users.list.sorted ? ", sorted; " : ", not sorted; ");
	report_count(&t, c->maildirs, " Maildir", "s");
	text_add(&t, " tried, ");
	report_count(&t, c->lint.problems, " problem", "s");
	report("total", 0, nothing, text_end(&t));
}

/* Checks that the owner of the mail directory can open the users file, which
 * was opened before the user was changed, perhaps as root. */
static bool
check_reading(struct check *c)
{
	int again = file_reopen(c->users.list.fd);

	if (again < 0 && errno == EACCES) {
		problem(c, c->options->users, nothing,
		    "the owner of the mail directory cannot read it");
		return false;
	}
	if (again >= 0)
		close(again);
	return true;
}

/* A mail directory of root: the check ran as root, which can do anything. */
static void
remark_root(const struct check *c)
{
	if (geteuid() == 0)
		report(c->options->mail, 0, nothing,
		    "belongs to root: another user cannot receive mail here");
}

/* Opens the same files as a session and sandboxes the process.  False: a
 * problem was reported. */
static bool
open_all(struct check *c)
{
	const struct options *o = c->options;

	if (users_open(&c->users, o->users) < 0 ||
	    users_open(&c->recipients->users, o->users) < 0) {
		problem(c, o->users, nothing,
		    errno ? "cannot be read" : "is not a regular file");
		return false;
	}
	if (startup_open_as_owner(o->mail, &c->site.mail) < 0) {
		problem(c, o->mail, nothing, "cannot be used");
		return false;
	}
	if (!check_reading(c))
		return false;
	c->lint.problems += confinement_report(o, c->site.mail);
	c->lint.problems += programs_report(o);
	return true;
}

/* Tries to store in all Maildirs. */
static void
check_storing(struct check *c)
{
	static struct trial trial;
	const char *what = trial_begin(&trial, &c->site);

	c->trial = &trial;
	if (what)
		problem(c, c->options->mail, nothing, what);
	else
		check_users(c);
	trial_end(&trial);
}

static int
run(struct check *c)
{
	const struct options *o = c->options;

	if (open_all(c)) {
		remark_root(c);
		check_storing(c);
		if (o->tls && getppid() == c->parent)
			c->lint.problems += tlscheck_helper(o, c->site.host);
	}
	report_total(c);
	return c->lint.problems > 0 ? EX_CONFIG : EX_OK;
}

/* SIGTERM, which is blocked for sessions, ends this process as usual. */
static void
stop_at_sigterm(void)
{
	sigset_t term;

	signal(SIGTERM, SIG_DFL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
}

/* Runs the check OF in the child, in a session of its own. */
static int
run_in_session(void *of)
{
	setsid();
	return run(of);
}

/* Runs the check in a process of its own session: if this process is killed, it
 * ends before the next Maildir, and no trial file is left. */
static int
run_apart(struct check *c)
{
	struct process process = { .fd = { 0, 1, 2, -1 },
		.run = run_in_session,
		.of = c };
	int status;
	pid_t pid;

	c->parent = getpid();
	pid = process_start(&process);
	if (pid < 0) {
		problem(c, "check", nothing, "cannot start a process");
		return EX_OSERR;
	}
	stop_at_sigterm();
	process_wait(pid, INT64_MAX, &status); /* without a limit */
	if (status < 0)
		return EX_OSERR;
	if (status < 128)
		return status;
	report("check", 0, nothing, "was ended by a signal");
	return EX_SOFTWARE;
}

int
check(const struct options *o, struct recipients *r, struct envelope *e)
{
	static struct check c;
	char host[STARTUP_HOST_MAX];

	c.options = o;
	c.recipients = r;
	c.envelope = e;
	userfile_check_init(&c.lint, o->users, &c.users.list);
	c.site.host = startup_host(o, host);
	r->site = &c.site;
	r->users.catch = o->catch;
	r->max = o->recipients;
	r->may_command = o->commands;
	r->auth_required = o->auth_required;
	envelope_start(e, nothing);
	return run_apart(&c);
}
