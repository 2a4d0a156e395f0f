/* Maildirs, by their name below the mail directory.  See maildir.h. */
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/text.h"

enum { NAME_MAX_OCTETS = 4096 };

/* Joins BOX, SUB and NAME in BUFFER; SUB brings its slashes.  Returns BUFFER,
 * or NULL with errno ENAMETOOLONG. */
static const char *
path_in(char buffer[static NAME_MAX_OCTETS], const char *box, const char *sub,
    const char *name)
{
	struct text t = text_in(buffer, NAME_MAX_OCTETS);

	text_add(&t, box);
	text_add(&t, sub);
	text_add(&t, name);
	errno = ENAMETOOLONG;
	return text_end(&t);
}

static int
sync_dir(int dir, const char *path)
{
	int fd = file_open(dir, path, O_RDONLY | O_DIRECTORY);
	int failed;

	if (fd < 0)
		return -1;
	failed = os_sync(fd);
	close(fd);
	return failed;
}

/* Creates a directory unless it exists.  -1: failure, with errno set. */
static int
make_dir(int dir, const char *path)
{
	return mkdirat(dir, path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* The same, and syncs the parent, so that a new directory survives a power
 * cut. */
static int
make_dir_durably(int dir, const char *path)
{
	char parent[NAME_MAX_OCTETS];

	if (mkdirat(dir, path, 0700) < 0)
		return errno == EEXIST ? 0 : -1;
	if (!path_in(parent, path, "/..", ""))
		return -1;
	return sync_dir(dir, parent);
}

int
maildir_root(const char *path, int *ret_mail)
{
	int fd = file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && errno == ENOENT && make_dir_durably(AT_FDCWD, path) == 0)
		fd = file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -1;
	if (faccessat(fd, ".", W_OK | X_OK, 0) < 0) {
		close(fd);
		return -1;
	}
	*ret_mail = fd;
	return 0;
}

static int
look(int mail, const char *box)
{
	char path[NAME_MAX_OCTETS];

	if (!path_in(path, box, "/tmp", "") ||
	    faccessat(mail, path, W_OK | X_OK, 0) < 0)
		return -1;
	if (!path_in(path, box, "/new", ""))
		return -1;
	return faccessat(mail, path, W_OK | X_OK, 0);
}

/* Creates each missing parent directory of BOX, and BOX itself. */
static int
make_way(int mail, const char *box)
{
	char path[NAME_MAX_OCTETS];
	size_t n;

	for (n = 1; n < sizeof(path); n++) {
		path[n - 1] = box[n - 1];
		if (box[n] != '/' && box[n] != '\0')
			continue;
		path[n] = '\0';
		if (make_dir_durably(mail, path) < 0)
			return -1;
		if (box[n] == '\0')
			return 0;
	}
	errno = ENAMETOOLONG;
	return -1;
}

/* Creates BOX with its subdirectories, tmp/ last: if it exists, so do the
 * others. */
static int
make(int mail, const char *box)
{
	static const char *const subs[] = { "/cur", "/new", "/tmp" };
	char path[NAME_MAX_OCTETS];
	size_t i;

	if (make_way(mail, box) < 0)
		return -1;
	for (i = 0; i < sizeof(subs) / sizeof(*subs); i++)
		if (!path_in(path, box, subs[i], "") ||
		    make_dir(mail, path) < 0)
			return -1;
	return sync_dir(mail, box);
}

int
maildir_ready(int mail, const char *box)
{
	if (look(mail, box) == 0)
		return 0;
	if (errno != ENOENT || make(mail, box) < 0)
		return -1;
	return look(mail, box);
}

int
maildir_create(int mail, const char *box, const char *name,
    struct maildir_file *ret)
{
	ret->fd = -1;
	ret->named = false;
	if (!path_in(ret->tmp, box ? box : ".", box ? "/tmp" : "", ""))
		return -1;
	ret->fd = file_open_unnamed(mail, ret->tmp);
	if (ret->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -1;
	if (!path_in(ret->tmp, box ? box : ".", box ? "/tmp/" : "/.", name))
		return -1;
	ret->fd = file_open(mail, ret->tmp, O_RDWR | O_CREAT | O_EXCL);
	ret->named = ret->fd >= 0;
	return ret->named ? 0 : -1;
}

int
maildir_reopen(int mail, const struct maildir_file *f)
{
	return f->named ? file_open(mail, f->tmp, O_RDONLY)
	                : file_reopen(f->fd);
}

void
maildir_close(int mail, struct maildir_file *f)
{
	int error = errno;

	if (f->fd >= 0)
		close(f->fd); /* no check: it is synced or discarded */
	if (f->named)
		file_unlink(mail, f->tmp);
	f->fd = -1;
	f->named = false;
	errno = error;
}

int
maildir_link(int mail, const struct maildir_file *f, const char *box,
    const char *name)
{
	char path[NAME_MAX_OCTETS];

	if (!path_in(path, box, "/new/", name))
		return -1;
	return f->named ? file_link(mail, f->tmp, path)
	                : file_link_unnamed(f->fd, mail, path);
}

int
maildir_unlink(int mail, const char *box, const char *name)
{
	char path[NAME_MAX_OCTETS];

	return path_in(path, box, "/new/", name) ? file_unlink(mail, path) : -1;
}

int
maildir_sync(int mail, const char *box)
{
	char path[NAME_MAX_OCTETS];

	return path_in(path, box, "/new", "") ? sync_dir(mail, path) : -1;
}
