/* sandbox_attempts - system calls that a sandbox denies or allows
 *
 * For tests of sandbox.h.  Each attempt succeeds in a process that is not
 * sandboxed. */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ALLOWED,
	DENIED, /* failed with EACCES, EPERM or EXDEV */
	OTHER,  /* plus errno: failed for another reason */
};

/* Objects that exist before the attempts.  Paths are relative to the scratch
 * directory, in which mail/ is the mail directory. */
struct scene {
	int held; /* out/held, open for reading and writing */
	struct sockaddr_in tcp;
	struct sockaddr_un abstract;
};

/* Kinds of attempts; each takes one or two paths. */
enum deed {
	READ,
	WRITE,
	CREATE,
	EMPTY,
	TRUNCATE,
	MKDIR,
	MKFIFO,
	REMOVE,
	RENAME,
	LINK,
	SYMLINK,
	UNNAMED,
	EXEC,
	USE,
	BIND,
	CONNECT,
	ABSTRACT,
	SIGNAL,
};

/* Stores a file as delivery does: O_TMPFILE, sync, then link. */
static inline int
store_unnamed(const char *dir, const char *to)
{
	int fd = open(dir, O_RDWR | O_TMPFILE, 0600);
	char name[32];

	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, name, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

static inline int
execute(const char *program)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execl(program, "true", (char *)NULL);
		_exit(errno);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

static inline int
use(int fd)
{
	char c;

	return pread(fd, &c, 1, 0) == 1 && pwrite(fd, &c, 1, 0) == 1 ? 0 : -1;
}

static inline int
to_socket(enum deed deed, const struct scene *s)
{
	bool unix_one = deed == ABSTRACT;
	int fd = socket(unix_one ? AF_UNIX : AF_INET,
	    unix_one ? SOCK_DGRAM : SOCK_STREAM, 0);
	struct sockaddr_in any = s->tcp;

	any.sin_port = 0;
	if (deed == BIND)
		return bind(fd, (struct sockaddr *)&any, sizeof(any));
	if (deed == CONNECT)
		return connect(fd, (const struct sockaddr *)&s->tcp,
		    sizeof(s->tcp));
	return connect(fd, (const struct sockaddr *)&s->abstract,
	    sizeof(s->abstract));
}

/* Makes the attempt.  Returns a descriptor or 0, or -1 with errno. */
static inline int
make(const struct scene *s, enum deed deed, const char *path, const char *to)
{
	switch (deed) {
	case READ:
		return open(path, O_RDONLY);
	case WRITE:
		return open(path, O_WRONLY);
	case CREATE:
		return open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	case EMPTY:
		return open(path, O_RDONLY | O_TRUNC);
	case TRUNCATE:
		return truncate(path, 0);
	case MKDIR:
		return mkdir(path, 0700);
	case MKFIFO:
		return mkfifo(path, 0600);
	case REMOVE:
		return remove(path);
	case RENAME:
		return rename(path, to);
	case LINK:
		return link(path, to);
	case SYMLINK:
		return symlink("anything", path);
	case UNNAMED:
		return store_unnamed(path, to);
	case EXEC:
		return execute(path);
	case USE:
		return use(s->held);
	case SIGNAL:
		return kill(getppid(), SIGCONT); /* has no effect */
	case BIND:
	case CONNECT:
	case ABSTRACT:
		break;
	}
	return to_socket(deed, s);
}

/* In which sandbox the attempt succeeds. */
enum lawful {
	NEVER,
	READERS, /* in SANDBOX_READ_ONLY */
	ALWAYS,
};

struct attempt {
	const char *name;
	enum deed deed;
	enum lawful lawful;
	long abi; /* first ABI of Landlock that restricts it */
	const char *path, *to;
};

static const struct attempt attempts[] = {
	/* clang-format off */
	{ "read outside",       READ,     READERS, 2, "out/file", NULL },
	{ "list outside",       READ,     READERS, 2, "out", NULL },
	{ "read by a symlink",  READ,     READERS, 2, "mail/way/file", NULL },
	{ "read by ..",         READ,     READERS, 2, "mail/../out/b", NULL },
	{ "write outside",      WRITE,    NEVER,   2, "out/file", NULL },
	{ "write by a symlink", WRITE,    NEVER,   2, "mail/way/file", NULL },
	{ "create outside",     CREATE,   NEVER,   2, "out/new", NULL },
	{ "empty outside",      EMPTY,    NEVER,   3, "out/file", NULL },
	{ "truncate outside",   TRUNCATE, NEVER,   3, "out/file", NULL },
	{ "mkdir outside",      MKDIR,    NEVER,   2, "out/made", NULL },
	{ "mkfifo outside",     MKFIFO,   NEVER,   2, "out/fifo", NULL },
	{ "unlink outside",     REMOVE,   NEVER,   2, "out/old", NULL },
	{ "rmdir outside",      REMOVE,   NEVER,   2, "out/dir", NULL },
	{ "symlink outside",    SYMLINK,  NEVER,   2, "out/sym", NULL },
	{ "unnamed outside",    UNNAMED,  NEVER,   2, "out", "out/u" },
	{ "rename outside",     RENAME,   NEVER,   2, "out/b", "out/c" },
	{ "rename out",         RENAME,   NEVER,   2, "mail/a/z", "out/d" },
	{ "rename in",          RENAME,   NEVER,   2, "out/e", "mail/a/e" },
	{ "link out",           LINK,     NEVER,   2, "mail/a/file", "out/f" },
	{ "link in",            LINK,     NEVER,   2, "out/file", "mail/a/g" },
	{ "unnamed out",        UNNAMED,  NEVER,   2, "mail/a", "out/h" },
	{ "exec",               EXEC,     READERS, 2, "/bin/true", NULL },
	{ "exec inside",        EXEC,     READERS, 2, "mail/true", NULL },
	{ "bind by TCP",        BIND,     READERS, 4, NULL, NULL },
	{ "connect by TCP",     CONNECT,  READERS, 4, NULL, NULL },
	{ "an abstract socket", ABSTRACT, READERS, 6, NULL, NULL },
	{ "signal a process",   SIGNAL,   READERS, 6, NULL, NULL },
	{ "truncate inside",    TRUNCATE, NEVER,   3, "mail/a/file", NULL },
	{ "mkfifo inside",      MKFIFO,   NEVER,   2, "mail/fifo", NULL },
	{ "symlink inside",     SYMLINK,  NEVER,   2, "mail/sym", NULL },
	{ "rmdir inside",       REMOVE,   NEVER,   2, "mail/dir", NULL },
	{ "read inside",        READ,     ALWAYS,  2, "mail/a/file", NULL },
	{ "list inside",        READ,     ALWAYS,  2, "mail/a", NULL },
	{ "write inside",       WRITE,    ALWAYS,  2, "mail/a/file", NULL },
	{ "create inside",      CREATE,   ALWAYS,  2, "mail/a/new", NULL },
	{ "mkdir inside",       MKDIR,    ALWAYS,  2, "mail/c", NULL },
	{ "link inside",        LINK,     ALWAYS,  2, "mail/a/b", "mail/b/i" },
	{ "unnamed inside",     UNNAMED,  ALWAYS,  2, "mail/a", "mail/b/j" },
	{ "unlink inside",      REMOVE,   ALWAYS,  2, "mail/a/old", NULL },
	{ "what is open already",USE,      ALWAYS,  2, NULL, NULL },
	/* clang-format on */
};

enum { ATTEMPTS = sizeof(attempts) / sizeof(*attempts) };

static inline unsigned
attempt_outcome(const struct scene *s, const struct attempt *a)
{
	if (make(s, a->deed, a->path, a->to) >= 0)
		return ALLOWED;
	if (errno == EACCES || errno == EPERM || errno == EXDEV)
		return DENIED;
	return OTHER + (unsigned)errno;
}

#endif
