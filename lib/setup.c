/* What a session needs.  See setup.h. */
#include "setup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "log.h"
#include "maildir.h"
#include "options.h"
#include "path.h"
#include "users.h"

struct span
setup_host(const struct options *o, char buffer[static SETUP_HOST_MAX])
{
	struct span host = { buffer, 0 };

	if (o->name)
		return span_of(o->name);
	if (gethostname(buffer, SETUP_HOST_MAX) == 0)
		host.n = strnlen(buffer, SETUP_HOST_MAX);
	return path_is_host(host) ? host : span_of("localhost");
}

static int
fail(const char *key, const char *path)
{
	int error = errno; /* 0: see users_open() */

	log_begin(LOG_FAILURE, "failed");
	log_text(key, span_of(path));
	log_reason(error ? "cannot be used" : "not a regular file", error);
	log_end();
	return -1;
}

static void
log_unconfined(enum log_level level, const char *why)
{
	log_begin(level, "unconfined");
	log_reason(why, 0);
	log_end();
}

enum setup_confinement
setup_confine(const struct options *o, int mail)
{
	enum confine_outside outside =
	    o->tls ? CONFINE_TO_READING : CONFINE_TO_NOTHING;

	if (o->commands)
		return SETUP_FREE;
	if (confine_to(mail, o->mail, outside) < 0)
		return SETUP_CANNOT;
	return SETUP_CONFINED;
}

int
setup_open(const struct options *o, struct users *users, int *ret_mail)
{
	confine_memory();
	if (users_open(users, o->users) < 0)
		return fail("users", o->users);
	if (maildir_root(o->mail, ret_mail) < 0)
		return fail("mail", o->mail);
	switch (setup_confine(o, *ret_mail)) {
	case SETUP_CONFINED:
		break;
	case SETUP_FREE:
		log_unconfined(LOG_DETAIL, "commands may need anything");
		break;
	case SETUP_CANNOT:
		log_unconfined(LOG_DONE,
		    "this system has no Landlock of ABI 2");
		break;
	}
	return 0;
}
