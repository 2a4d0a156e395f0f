/* Whether a path leads through a directory.  See beneath.h. */
#include "base/beneath.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum {
	PATH_OCTETS_MAX = 4096,
	LINKS_MAX = 40, /* as in Linux */
};

/* A path on its way. */
struct walk {
	char at[PATH_OCTETS_MAX]; /* resolved; empty for the root */
	char rest[PATH_OCTETS_MAX];
	unsigned links;
};

/* Puts FRONT and a slash before the rest.  False: it is too long. */
static bool
put_before(struct walk *w, const char *front)
{
	char rest[PATH_OCTETS_MAX];
	struct text t = text_in(rest, sizeof(rest));

	text_add(&t, front);
	text_char(&t, '/');
	text_add(&t, w->rest);
	if (!text_end(&t))
		return false;
	if (front[0] == '/')
		w->at[0] = '\0';
	memcpy(w->rest, rest, t.n + 1);
	return true;
}

static bool
start(struct walk *w, const char *path)
{
	char here[PATH_OCTETS_MAX];

	w->at[0] = w->rest[0] = '\0';
	w->links = 0;
	return put_before(w, path) &&
	    (path[0] == '/' ||
	        (getcwd(here, sizeof(here)) && put_before(w, here)));
}

/* Moves the first component of the rest to NAME.  False: there is none, or it
 * is too long. */
static bool
take_name(struct walk *w, char name[static NAME_MAX + 1])
{
	size_t slashes = strspn(w->rest, "/");
	size_t n = strcspn(w->rest + slashes, "/");

	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, w->rest + slashes, n);
	name[n] = '\0';
	memmove(w->rest, w->rest + slashes + n,
	    strlen(w->rest + slashes + n) + 1);
	return true;
}

static bool
is_at(const struct walk *w, const struct file_id *dir)
{
	struct file_id here;

	return file_identify_name(AT_FDCWD, w->at[0] ? w->at : "/", &here) ==
	    0 &&
	    file_is_same(&here, dir);
}

/* Enters NAME.  The target of a symbolic link becomes part of the rest. */
static bool
enter(struct walk *w, const char *name)
{
	char next[PATH_OCTETS_MAX], target[PATH_OCTETS_MAX];
	struct text t = text_in(next, sizeof(next));
	ssize_t n;

	text_add(&t, w->at);
	text_char(&t, '/');
	text_add(&t, name);
	if (!text_end(&t))
		return false;
	n = readlinkat(AT_FDCWD, next, target, sizeof(target) - 1);
	if (n >= 0) {
		target[n] = '\0';
		return ++w->links <= LINKS_MAX && put_before(w, target);
	}
	memcpy(w->at, next, t.n + 1);
	return true;
}

static void
leave(struct walk *w)
{
	char *slash = strrchr(w->at, '/');

	if (slash)
		*slash = '\0';
}

bool
beneath(const char *path, int dir)
{
	struct walk w;
	struct file_id id;
	char name[NAME_MAX + 1];
	bool goes_on = file_identify(dir, &id) == 0 && start(&w, path);

	while (goes_on && take_name(&w, name)) {
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			leave(&w);
			continue;
		}
		if (is_at(&w, &id))
			return true;
		goes_on = enter(&w, name);
	}
	return false;
}
