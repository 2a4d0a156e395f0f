/* Restricts the process.  See sandbox.h. */
#define _GNU_SOURCE
#ifdef __OpenBSD__
#define _BSD_SOURCE /* its name for _GNU_SOURCE */
#endif
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/file.h"

/* Landlock through its system calls (the C library has no wrappers).  The
 * rights are those of linux/landlock.h, one bit each, in the order in which the
 * ABIs added them. */
struct ruleset {
	uint64_t files, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int dir;
} __attribute__((packed));

static const uint64_t files_of_abi[] = {
	0, 0, 0x3fff, 0x7fff, 0x7fff, 0xffff, /* 2 REFER, 3 TRUNCATE, 5 IOCTL */
};

enum {
	MAY_EXECUTE = 1 << 0,
	MAY_WRITE_FILE = 1 << 1,
	MAY_READ_FILE = 1 << 2,
	MAY_READ_DIR = 1 << 3,
	MAY_REMOVE_FILE = 1 << 5,
	MAY_MAKE_DIR = 1 << 7,
	MAY_MAKE_FILE = 1 << 8,
	MAY_REFER = 1 << 13, /* link from one directory into another */
	MAY_IOCTL = 1 << 15, /* to devices */
	MAY_STORE = MAY_WRITE_FILE | MAY_READ_FILE | MAY_READ_DIR |
	    MAY_REMOVE_FILE | MAY_MAKE_DIR | MAY_MAKE_FILE | MAY_REFER,
	OLDEST_ABI = 2,   /* without it no link to another directory */
	BENEATH = 1,      /* LANDLOCK_RULE_PATH_BENEATH */
	TELL_VERSION = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	TCP = 3,          /* bind and connect */
	SCOPED = 3,       /* abstract UNIX sockets and signals to others */
	READING = MAY_EXECUTE | MAY_READ_FILE | MAY_READ_DIR | MAY_IOCTL,
};

static struct ruleset
make_rules(long abi, enum sandbox_outside outside)
{
	struct ruleset rules = { 0 };
	long newest = (long)(sizeof(files_of_abi) / sizeof(*files_of_abi)) - 1;

	rules.files = files_of_abi[abi < newest ? abi : newest];
	if (outside == SANDBOX_READ_ONLY) {
		rules.files &= ~(uint64_t)READING;
		return rules;
	}
	rules.net = abi >= 4 ? TCP : 0;
	rules.scoped = abi >= 6 ? SCOPED : 0;
	return rules;
}

static uint64_t
rights_in_mail(enum sandbox_outside outside)
{
	return outside == SANDBOX_WRITING ? MAY_STORE & ~MAY_READ_FILE
	                                  : MAY_STORE;
}

static int
allow(int rules, int file, uint64_t rights)
{
	struct beneath rule = { rights, file };

	return (int)syscall(SYS_landlock_add_rule, rules, BENEATH, &rule, 0);
}

/* Allows writing to /dev/null, where scripts discard output. */
static void
allow_null(int rules)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return; /* there is no /dev/null to allow */
	(void)allow(rules, null, MAY_WRITE_FILE);
	close(null);
}

static void
hide_memory(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* cannot fail */
}

/* Creates the rules of ABI or, if the system refuses some of its own rights, of
 * an older one.  Returns the descriptor, or -1 with errno; ENOSYS: the ABI is
 * too old. */
static int
create(long abi, enum sandbox_outside outside, struct ruleset *ret_handled)
{
	int rules = -1;

	if (abi >= 0 && abi < OLDEST_ABI)
		errno = ENOSYS;
	for (; rules < 0 && abi >= OLDEST_ABI; abi--) {
		*ret_handled = make_rules(abi, outside);
		rules = (int)syscall(SYS_landlock_create_ruleset, ret_handled,
		    sizeof(*ret_handled), 0);
	}
	return rules;
}

int
sandbox_enter(int mail, const char *path, enum sandbox_outside outside)
{
	struct ruleset handled;
	int rules, failed;
	long abi;

	(void)path;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, TELL_VERSION);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	rules = create(abi, outside, &handled);
	if (rules < 0)
		return -1;
	failed = allow(rules, mail, rights_in_mail(outside) & handled.files);
	if (outside == SANDBOX_READ_ONLY)
		allow_null(rules);
	if (!failed)
		failed = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	file_close(rules);
	return failed ? -1 : 0;
}
#elif defined(__OpenBSD__)
static void
hide_memory(void)
{
}

/* Neither unveil() nor pledge() survives an exec. */
int
sandbox_enter(int mail, const char *path, enum sandbox_outside outside)
{
	const char *rights = outside == SANDBOX_WRITING ? "wc" : "rwc";

	(void)mail;
	if (unveil(path, rights) < 0)
		return -1;
	if (outside == SANDBOX_READ_ONLY)
		return unveil("/", "rx") < 0 || unveil(NULL, NULL) < 0 ? -1 : 0;
	return pledge("stdio rpath wpath cpath", NULL);
}
#else
static void
hide_memory(void)
{
}

int
sandbox_enter(int mail, const char *path, enum sandbox_outside outside)
{
	(void)mail;
	(void)path;
	(void)outside;
	return -1;
}
#endif

void
sandbox_memory(void)
{
	struct rlimit core;

	hide_memory();
	if (getrlimit(RLIMIT_CORE, &core) < 0)
		return;
	core.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &core); /* lowering is always allowed */
}

int
sandbox_drop_root(const char *path)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (stat(path, &st) < 0 || setgroups(0, NULL) < 0)
		return -1;
	return setgid(st.st_gid) < 0 || setuid(st.st_uid) < 0 ? -1 : 0;
}
