/* What a hijacked session attempts with files.  See hijacked_attempts.h. */
#define _GNU_SOURCE
#include "hijacked_attempts.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HERE       AT_FDCWD
#define PATH(text) (long)(text)
#define OLD        PATH("mail/bob@example.org/new/old")
#define NEW        O_WRONLY | O_CREAT | O_EXCL, 0600
#define FOLLOW     AT_SYMLINK_FOLLOW

/* struct open_how of linux/openat2.h */
static const uint64_t to_read[3] = { O_RDONLY, 0, 0 };

const struct attempt hijack_files[] = {
	/* clang-format off */
	{ "the memory of the monitor", HIDDEN, MONITOR,
	    SYS_openat, { HERE, PATH(hijack_memory), O_RDWR } },
	{ "the environment of the monitor", HIDDEN, MONITOR,
	    SYS_openat, { HERE, PATH(hijack_environment), O_RDONLY } },
	{ "its own memory as a file", HIDDEN, 0,
	    SYS_openat, { HERE, PATH("/proc/self/mem"), O_RDWR } },

	{ "read outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out/file"), O_RDONLY } },
#ifdef SYS_open
	{ "read outside by open", OUTSIDE, 0,
	    SYS_open, { PATH("out/file"), O_RDONLY } },
#endif
	{ "read outside by openat2", OUTSIDE, 0,
	    SYS_openat2, { HERE, PATH("out/file"), PATH(to_read), 24 } },
	{ "read /etc/passwd", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("/etc/passwd"), O_RDONLY } },
	{ "read the status of process 1", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("/proc/1/status"), O_RDONLY } },
	{ "list outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out"), O_RDONLY | O_DIRECTORY } },
	{ "read by a symbolic link", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("mail/way/file"), O_RDONLY } },
	{ "read by ..", OUTSIDE, 0,
	    SYS_openat, { A_MAIL, PATH("../out/b"), O_RDONLY } },
	{ "write outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out/file"), O_WRONLY } },
	{ "write by a symbolic link", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("mail/way/file"), O_WRONLY } },
	{ "write to /dev/null", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("/dev/null"), O_WRONLY } },
	{ "write users.txt", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("users.txt"), O_WRONLY } },
	{ "write users.txt by its descriptor", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH(hijack_users), O_RDWR } },
	{ "write the log anew", OUTSIDE, LOG,
	    SYS_openat, { HERE, PATH(hijack_log), O_WRONLY } },
	{ "create outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out/new"), NEW } },
	{ "create by a symbolic link", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("mail/way/new2"), NEW } },
	{ "empty outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out/emptied"), O_RDONLY | O_TRUNC } },
	{ "mkdir outside", OUTSIDE, 0,
	    SYS_mkdirat, { HERE, PATH("out/made"), 0700 } },
	{ "unlink outside", OUTSIDE, 0,
	    SYS_unlinkat, { HERE, PATH("out/old"), 0 } },
	{ "rmdir outside", OUTSIDE, 0,
	    SYS_unlinkat, { HERE, PATH("out/dir"), AT_REMOVEDIR } },
	{ "link outside", OUTSIDE, 0,
	    SYS_linkat, { HERE, PATH("out/b"), HERE, PATH("out/c"), 0 } },
	{ "link out", OUTSIDE, 0,
	    SYS_linkat, { HERE, OLD, HERE, PATH("out/d"), 0 } },
	{ "link in", OUTSIDE, 0,
	    SYS_linkat, { HERE, PATH("out/file"), HERE, PATH("mail/in"), 0 } },
	{ "link users.txt in by its descriptor", OUTSIDE, 0,
	    SYS_linkat, { HERE, PATH(hijack_users), HERE, PATH("mail/users"),
	        FOLLOW } },
	{ "link the log in", OUTSIDE, LOG,
	    SYS_linkat, { HERE, PATH(hijack_log), HERE, PATH("mail/log"),
	        FOLLOW } },
	{ "an unnamed file outside", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH("out"), O_RDWR | O_TMPFILE, 0600 } },
	{ "rmdir inside", OUTSIDE, 0,
	    SYS_unlinkat, { A_MAIL, PATH("dir"), AT_REMOVEDIR } },
	{ "empty somebody's mail", CUTTING, 0,
	    SYS_openat, { A_MAIL, PATH("bob@example.org/new/emptied"),
	        O_WRONLY | O_TRUNC } },
	{ "empty the exchange by its descriptor", CUTTING, EXCHANGE,
	    SYS_openat, { HERE, PATH(hijack_exchange), O_WRONLY | O_TRUNC } },

	{ "read somebody's mail", READING, 0,
	    SYS_openat, { HERE, OLD, O_RDONLY } },
	{ "read and write somebody's mail", READING, 0,
	    SYS_openat, { HERE, OLD, O_RDWR } },
	{ "read a program below --mail", READING, 0,
	    SYS_openat, { A_MAIL, PATH("run"), O_RDONLY } },

	{ "write to somebody's mail", STORING, 0,
	    SYS_openat, { HERE, OLD, O_WRONLY } },
	{ "list somebody's mail", STORING, 0,
	    SYS_openat, { A_MAIL, PATH("bob@example.org/new"),
	        O_RDONLY | O_DIRECTORY } },
	{ "create inside", STORING, 0,
	    SYS_openat, { A_MAIL, PATH("new"), NEW } },
	{ "mkdir inside", STORING, 0,
	    SYS_mkdirat, { A_MAIL, PATH("made"), 0700 } },
	{ "link inside", STORING, 0,
	    SYS_linkat, { A_MAIL, PATH("linked"), A_MAIL, PATH("made/l"), 0 } },
	{ "give somebody's mail to another", STORING, 0,
	    SYS_linkat, { A_MAIL, PATH("bob@example.org/cur/given"), A_MAIL,
	        PATH("carol@example.org/new/given"), 0 } },
	{ "unlink inside", STORING, 0,
	    SYS_unlinkat, { A_MAIL, PATH("linked"), 0 } },
	{ "an unnamed file inside", STORING, 0,
	    SYS_openat, { A_MAIL, PATH("."), O_WRONLY | O_TMPFILE, 0600 } },
	{ "write to it", STORING, 0,
	    SYS_write, { WHAT_WAS_OPENED, PATH("x"), 1 } },
	{ "link it inside", STORING, 0,
	    SYS_linkat, { HERE, PATH(hijack_opened), A_MAIL, PATH("made/u"),
	        FOLLOW } },
	{ "link it outside", OUTSIDE, 0,
	    SYS_linkat, { HERE, PATH(hijack_opened), HERE, PATH("out/u"),
	        FOLLOW } },
	{ "append to the exchange", STORING, EXCHANGE,
	    SYS_write, { AN_EXCHANGE, PATH("x"), 1 } },

	/* Landlock does not know these. */
	{ "see that a file outside is there", STORING, 0,
	    SYS_faccessat, { HERE, PATH("out/file"), 0 } },
	{ "a handle without rights on a file outside", STORING, 0,
	    SYS_openat, { HERE, PATH("out/file"), O_PATH } },
	{ "read by that handle", HIDDEN, 0,
	    SYS_pread64, { WHAT_WAS_OPENED, PATH(hijack_opened), 1, 0 } },
	{ "open that handle to read it", OUTSIDE, 0,
	    SYS_openat, { HERE, PATH(hijack_opened), O_RDONLY } },
	{ 0 },
	/* clang-format on */
};
