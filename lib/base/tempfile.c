/* A temporary file.  See tempfile.h. */
#include "base/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fds.h"
#include "base/os.h"
#include "base/text.h"

static const char spool_dir[] = ".spool";

/* Removes files in the directory DIR that were last written before OLDEST: an
 * interrupted session left them. */
static void
remove_stale(int dir, time_t oldest)
{
	struct fds_names names = { .fd = dir };
	const char *name;
	struct stat st;

	for (name = fds_next_name(&names); name; name = fds_next_name(&names))
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < oldest)
			(void)file_unlink(dir, name);
}

/* Opens .spool, which only this user may write: its names are trusted. */
static int
open_spool_dir(int mail)
{
	struct stat st;
	int fd;

	if (file_make_dir(mail, spool_dir) < 0)
		return -1;
	fd = file_open_beneath(mail, spool_dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

void
tempfile_discard(struct tempfile *f)
{
	int error = errno;

	if (f->fd >= 0)
		close(f->fd); /* no check: it is synced or discarded */
	if (f->dir >= 0) {
		file_unlink(f->dir, f->name);
		close(f->dir);
	}
	f->fd = -1;
	f->dir = -1;
	errno = error;
}

static int
identify(struct tempfile *f)
{
	if (file_identify(f->fd, &f->id) == 0)
		return 0;
	tempfile_discard(f);
	return -1;
}

int
tempfile_create(struct tempfile *f, int dir, int mode)
{
	f->dir = -1;
	f->fd = file_open_unnamed(dir, ".", mode);
	return f->fd < 0 ? -1 : identify(f);
}

int
tempfile_create_named(struct tempfile *f, int dir, const char *name, int mode)
{
	strcpy(f->name, name); /* fits: TEMPFILE_NAME_MAX */
	f->dir = dir;
	f->fd = file_open(dir, name, mode | O_CREAT | O_EXCL | O_NOFOLLOW);
	if (f->fd >= 0)
		return identify(f);
	file_close(dir);
	f->dir = -1;
	return -1;
}

int
tempfile_create_in_spool(struct tempfile *f, int mail, const char *name,
    time_t oldest, int mode)
{
	int dir = open_spool_dir(mail);

	f->fd = -1;
	f->dir = -1;
	if (dir < 0)
		return -1;
	remove_stale(dir, oldest);
	return tempfile_create_named(f, dir, name, mode);
}

/* The link of a named file is checked: it must be the file that was written. */
int
tempfile_link(const struct tempfile *f, int dir, const char *name)
{
	struct file_id linked;

	if (f->dir < 0)
		return file_link_unnamed(f->fd, dir, name);
	if (file_link(f->dir, f->name, dir, name) < 0)
		return -1;
	if (file_identify_name(dir, name, &linked) == 0 &&
	    file_is_same(&f->id, &linked))
		return 0;
	file_unlink(dir, name);
	errno = ESTALE;
	return -1;
}

/* Opens F again, to read it.  By its name this may be another file: a session
 * that was taken over may write in .spool. */
static int
reopen(const struct tempfile *f)
{
	struct file_id id;
	int fd;

	if (f->dir < 0)
		return file_reopen(f->fd);
	fd = file_open(f->dir, f->name, O_RDONLY | O_NOFOLLOW);
	if (fd < 0 ||
	    (file_identify(fd, &id) == 0 && file_is_same(&f->id, &id)))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

static int
create_any(struct tempfile *f, int mail)
{
	char name[TEMPFILE_NAME_MAX];
	struct text t = text_in(name, sizeof(name));
	uint64_t bits;

	if (tempfile_create(f, mail, O_RDWR) == 0)
		return 0;
	if (errno != EOPNOTSUPP || os_random(&bits) < 0)
		return -1;
	text_add(&t, "scratch.");
	text_number(&t, (uint64_t)getpid(), 0);
	text_char(&t, '_');
	text_hex64(&t, bits);
	text_end(&t);
	return tempfile_create_in_spool(f, mail, name, 0, O_RDWR);
}

int
tempfile_scratch(int mail, int *ret_reader)
{
	struct tempfile f;
	int fd = -1;

	if (create_any(&f, mail) < 0)
		return -1;
	if (ret_reader)
		*ret_reader = reopen(&f);
	if (!ret_reader || *ret_reader >= 0) {
		fd = f.fd;
		f.fd = -1; /* it is not closed with F */
	}
	tempfile_discard(&f);
	return fd;
}
