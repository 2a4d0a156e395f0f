/* Opens the files of a session.  See startup.h. */
#include "session/startup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/seccomp.h"
#include "base/text.h"
#include "cli/options.h"
#include "monitor/monitor.h"
#include "smtp/path.h"
#include "store/maildir.h"
#include "users/users.h"

enum { PATH_OCTETS_MAX = 4096 };

struct span
startup_host(const struct options *o, char buffer[static STARTUP_HOST_MAX])
{
	struct span host = { buffer, 0 };

	if (o->name)
		return span_of(o->name);
	if (gethostname(buffer, STARTUP_HOST_MAX) == 0)
		host.n = strnlen(buffer, STARTUP_HOST_MAX);
	return path_is_host(host) ? host : span_of("localhost");
}

static int
fail(const char *key, const char *path)
{
	int error = errno; /* 0: not a regular file, see users_open() */

	log_failure(key, path, error ? "cannot be used" : "not a regular file",
	    error);
	return -1;
}

/* With --catch each session says so, and that a users file is not read. */
static void
log_catch(const struct options *o)
{
	log_begin(LOG_DONE, "catch");
	if (!o->users && access("users.txt", F_OK) == 0)
		log_text("ignored", span_of("users.txt"));
	log_reason(o->auth ? "every address is taken"
	                   : "every address, user and password is taken",
	    0);
	log_end();
}

static void
log_unconfined(const char *reason)
{
	int error = errno;

	log_begin(LOG_DONE, "unconfined");
	log_reason(reason, error);
	log_end();
}

static_assert(OPTIONS_POLICIES_MAX == 4, "startup_check_paths() has all");

const char *
startup_check_paths(const struct options *o, int mail, const char **ret)
{
	const char *const commands[] = { o->tls, o->filter, o->auth,
		o->policies[0], o->policies[1], o->policies[2],
		o->policies[3] };
	size_t i;

	*ret = o->users;
	if (o->users && beneath(o->users, mail))
		return "must not lie below the mail directory";
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		*ret = commands[i];
		if (*ret && process_lies_beneath(*ret, mail))
			return "its program must not lie below the mail "
			       "directory";
	}
	return NULL;
}

static int
check_paths(const struct options *o, int mail)
{
	const char *path, *why = startup_check_paths(o, mail, &path);

	if (!why)
		return 0;
	log_failure(path == o->users ? "users" : "command", path, why, 0);
	return -1;
}

int
startup_open(const struct options *o, struct users *users, int *ret_mail)
{
	sandbox_memory();
	users->catch = o->catch;
	if (o->catch)
		log_catch(o);
	if (users_open(users, o->users) < 0)
		return fail("users", o->users);
	if (!users_has_line(users)) {
		log_failure("users", o->users, users->reason, users->error);
		return -1;
	}
	if (maildir_root(o->mail, ret_mail) < 0)
		return fail("mail", o->mail);
	if (check_paths(o, *ret_mail) < 0)
		return -1;
	if (o->tls && !monitor_runs_programs(o))
		/* startup_confine() logs a failure */
		(void)sandbox_enter(*ret_mail, o->mail, SANDBOX_READ_ONLY);
	return 0;
}

void
startup_confine(const struct options *o, int mail)
{
	enum sandbox_outside outside =
	    monitor_has_exchange(o) ? SANDBOX_WRITING : SANDBOX_STRICT;

	if (sandbox_enter(mail, o->mail, outside) < 0)
		log_unconfined("no Landlock of ABI 2");
	if (!log_opens_socket() && seccomp_enter() < 0)
		log_unconfined("no seccomp");
}

/* Changes to the directory MAIL, or to its parent if MAIL does not exist.  *RET
 * is the name of MAIL from there: `.`, or its last component, in BUFFER. */
static int
go_to_mail(const char *mail, char buffer[static PATH_OCTETS_MAX],
    const char **ret)
{
	struct span path = span_of(mail), name;
	struct text t = text_in(buffer, PATH_OCTETS_MAX);
	size_t n;

	*ret = ".";
	if (chdir(mail) == 0)
		return 0;
	while (path.n > 1 && path.s[path.n - 1] == '/')
		path.n--;
	for (n = path.n; n > 0 && path.s[n - 1] != '/'; n--)
		;
	name = (struct span){ path.s + n, path.n - n };
	path.n = n;
	text_span(&t, path);
	text_add(&t, ".");
	if (errno != ENOENT || !text_end(&t) || chdir(buffer) < 0)
		return -1;
	t = text_in(buffer, PATH_OCTETS_MAX);
	text_span(&t, name);
	*ret = text_end(&t);
	return 0;
}

/* Changes to the directory before dropping root, because a parent may be
 * accessible to root only. */
static int
open_from_within(const char *mail, int *ret_mail)
{
	char buffer[PATH_OCTETS_MAX];
	const char *name;

	if (go_to_mail(mail, buffer, &name) < 0 || sandbox_drop_root(".") < 0)
		return -1;
	return maildir_root(name, ret_mail);
}

int
startup_open_as_owner(const char *mail, int *ret_mail)
{
	int here = file_open(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	int opened = open_from_within(mail, ret_mail);
	int error = errno;

	if (here >= 0 && fchdir(here) == 0)
		close(here);
	errno = error;
	return opened;
}
