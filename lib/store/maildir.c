/* Maildirs, by their name below the mail directory.  See maildir.h. */
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"

enum {
	PATH_OCTETS_MAX = 4096,
	OPEN_DIR = O_RDONLY | O_DIRECTORY,
};

/* Joins BOX and SUB, which has its slash, in BUFFER.  Returns BUFFER, or NULL
 * with errno ENAMETOOLONG. */
static const char *
path_in(char buffer[static PATH_OCTETS_MAX], const char *box, const char *sub)
{
	struct text t = text_in(buffer, PATH_OCTETS_MAX);

	text_add(&t, box);
	text_add(&t, sub);
	errno = ENAMETOOLONG;
	return text_end(&t);
}

/* Creates the last component of PATH and syncs its parent, so that the new
 * directory survives a power failure. */
static int
make_root(const char *path)
{
	char parent[PATH_OCTETS_MAX];
	int fd, failed;

	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -1;
	if (!path_in(parent, path, "/.."))
		return -1;
	fd = file_open(AT_FDCWD, parent, OPEN_DIR);
	if (fd < 0)
		return -1;
	failed = os_sync(fd);
	file_close(fd);
	return failed;
}

int
maildir_root(const char *path, int *ret_mail)
{
	int fd = file_open(AT_FDCWD, path, OPEN_DIR);

	if (fd < 0 && errno == ENOENT && make_root(path) == 0)
		fd = file_open(AT_FDCWD, path, OPEN_DIR);
	if (fd < 0)
		return -1;
	if (faccessat(fd, ".", W_OK | X_OK, 0) < 0) {
		file_close(fd);
		return -1;
	}
	*ret_mail = fd;
	return 0;
}

static int
open_sub(int mail, const char *box, const char *sub)
{
	char path[PATH_OCTETS_MAX];

	return path_in(path, box, sub) ? file_open_beneath(mail, path, OPEN_DIR)
	                               : -1;
}

/* Checks that SUB of BOX is a directory.  It is not opened here. */
static int
is_there(int mail, const char *box, const char *sub)
{
	char path[PATH_OCTETS_MAX];
	struct stat st;

	if (!path_in(path, box, sub) ||
	    fstatat(mail, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	return -1;
}

/* Checks that BOX is complete.  new/ is opened for reading, because its names
 * have to be synced.  ENOENT: a part is missing. */
static int
look(int mail, const char *box, struct file_id *ret)
{
	int fd = open_sub(mail, box, "/new"), failed;

	if (fd < 0)
		return -1;
	failed = faccessat(fd, ".", W_OK | X_OK, 0) < 0 ||
	    file_identify(fd, ret) < 0 || is_there(mail, box, "/cur") < 0 ||
	    is_there(mail, box, "/tmp") < 0;
	file_close(fd);
	return failed ? -1 : 0;
}

/* Creates NAME in the directory DIR, syncs DIR, also if NAME existed already:
 * another session may have created it and failed before its sync.  Returns the
 * descriptor of NAME. */
static int
enter(int dir, const char *name)
{
	if (file_make_dir(dir, name) < 0 || os_sync(dir) < 0)
		return -1;
	return file_open_beneath(dir, name, OPEN_DIR);
}

/* Creates BOX and its parent directories.  Returns the descriptor of BOX. */
static int
make_box(int mail, const char *box)
{
	char name[NAME_MAX + 1];
	int dir = mail, next;

	do {
		next = file_take_component(&box, name) ? enter(dir, name) : -1;
		if (dir != mail)
			file_close(dir);
		dir = next;
	} while (dir >= 0 && *box);
	return dir;
}

/* Creates what is missing of BOX, tmp/ last and after a sync: if it exists, the
 * rest is on disk. */
static int
make(int mail, const char *box)
{
	int dir = make_box(mail, box), failed;

	if (dir < 0)
		return -1;
	failed = file_make_dir(dir, "cur") < 0 ||
	    file_make_dir(dir, "new") < 0 || os_sync(dir) < 0 ||
	    file_make_dir(dir, "tmp") < 0;
	file_close(dir);
	return failed ? -1 : 0;
}

int
maildir_ready(int mail, const char *box, struct file_id *ret)
{
	if (look(mail, box, ret) == 0)
		return 0;
	if (errno != ENOENT || make(mail, box) < 0)
		return -1;
	return look(mail, box, ret);
}

const char *
maildir_reason(int error)
{
	return error == ELOOP ? "a Maildir must not be a symbolic link" : NULL;
}

int
maildir_open(int mail, const char *box, const struct file_id *id)
{
	struct file_id now;
	int fd = open_sub(mail, box, "/new");

	if (fd < 0)
		return -1;
	if (file_identify(fd, &now) == 0) {
		if (file_is_same(&now, id))
			return fd;
		errno = ESTALE;
	}
	file_close(fd);
	return -1;
}

int
maildir_open_tmp(int mail, const char *box)
{
	return open_sub(mail, box, "/tmp");
}
