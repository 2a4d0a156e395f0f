/* The system calls of a session.  See seccomp.h. */
#define _GNU_SOURCE
#include "base/seccomp.h"

#if defined(__SANITIZE_ADDRESS__)
#define NO_LIST
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define NO_LIST
#endif
#endif

#if defined(__linux__) && defined(__x86_64__) && !defined(NO_LIST)
#define MACHINE 0xc000003e /* AUDIT_ARCH_X86_64; x32 numbers are not listed */
#elif defined(__linux__) && defined(__aarch64__) && !defined(NO_LIST)
#define MACHINE 0xc00000b7 /* AUDIT_ARCH_AARCH64 */
#endif

#ifdef MACHINE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* These are as in linux/filter.h and linux/seccomp.h, which musl lacks. */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to skip */
	uint32_t k;
};

struct program {
	uint16_t n;
	const struct instruction *first;
};

struct call {
	int number;
	uint32_t machine;
	uint64_t address;
	uint64_t argument[6]; /* the low word is first */
};

enum {
	LOAD = 0x20,  /* A = the word at K of struct call */
	KEEP = 0x07,  /* X = A */
	EQUAL = 0x15, /* A == K */
	ANY = 0x45,   /* A & K */
	RETURN = 0x06,
	BY_FILTER = 2, /* SECCOMP_MODE_FILTER */
};

#define YES 0x7fff0000            /* SECCOMP_RET_ALLOW */
#define NO  (0x00050000 | ENOSYS) /* SECCOMP_RET_ERRNO */
#define LOAD_WORD(member)                                                      \
	{                                                                      \
		LOAD, 0, 0, offsetof(struct call, member)                      \
	}
#define HIGH_WORD(member)                                                      \
	{                                                                      \
		LOAD, 0, 0, offsetof(struct call, member) + 4                  \
	}
#define ALLOW(value)                                                           \
	{ EQUAL, 0, 1, value },                                                \
	{                                                                      \
		RETURN, 0, 0, YES                                              \
	}

/* The calls in the order of their frequency: each is compared with the number.
 * KEEP serves no purpose in the program: the kernel does not know it when it
 * fills its cache of constant results, gives up, and so does not run the list
 * for each of its call numbers; that is faster for a short session. */
static const struct instruction list[] = {
	/* clang-format off */
	LOAD_WORD(machine), { KEEP, 0, 0, 0 },
	{ EQUAL, 1, 0, MACHINE }, { RETURN, 0, 0, NO },
	LOAD_WORD(number),
	ALLOW(SYS_write),
	ALLOW(SYS_read),
	ALLOW(SYS_ppoll),
	ALLOW(SYS_rt_sigpending),
	ALLOW(SYS_setitimer),
	ALLOW(SYS_getpid),
	ALLOW(SYS_close),
	ALLOW(SYS_openat2),
	ALLOW(SYS_openat),
	ALLOW(SYS_fsync),
	ALLOW(SYS_linkat),
	ALLOW(SYS_fstat),
	ALLOW(SYS_newfstatat),
	ALLOW(SYS_faccessat),
	ALLOW(SYS_exit_group),
	ALLOW(SYS_getrandom),
	ALLOW(SYS_unlinkat),
	ALLOW(SYS_mkdirat),
	ALLOW(SYS_pread64),
	ALLOW(SYS_sync_file_range),
	ALLOW(SYS_clock_gettime),
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_restart_syscall),
	ALLOW(SYS_rt_sigprocmask),
	ALLOW(SYS_fstatfs),
	ALLOW(SYS_readlinkat),
	ALLOW(SYS_getcwd),
	ALLOW(SYS_getdents64),
	ALLOW(SYS_geteuid),
	ALLOW(SYS_faccessat2),
	ALLOW(SYS_statx),
	ALLOW(SYS_gettimeofday),
	ALLOW(SYS_brk),
	ALLOW(SYS_munmap),
	ALLOW(SYS_exit),
#ifdef __x86_64__
	ALLOW(SYS_open),
	ALLOW(SYS_stat),
	ALLOW(SYS_lstat),
	ALLOW(SYS_access),
	ALLOW(SYS_time),
#endif
	/* No F_SETFL: descriptor 2 is shared with other sessions. */
	{ EQUAL, 0, 8, SYS_fcntl },
	LOAD_WORD(argument[1]),
	ALLOW(F_GETFD),
	ALLOW(F_GETFL),
	ALLOW(F_SETFD),
	{ RETURN, 0, 0, NO },
	/* To the syslogd or journal that is connected: without an address. */
	{ EQUAL, 0, 6, SYS_sendto },
	LOAD_WORD(argument[4]),
	{ EQUAL, 0, 3, 0 },
	HIGH_WORD(argument[4]),
	ALLOW(0),
	{ RETURN, 0, 0, NO },
	/* Memory for the C library.  None is executed, and none is that of a
	 * file: a log that is open for reading, too, could be overwritten. */
	{ EQUAL, 0, 5, SYS_mmap },
	LOAD_WORD(argument[2]),
	{ ANY, 3, 0, PROT_EXEC },
	LOAD_WORD(argument[3]),
	{ ANY, 1, 0, MAP_SHARED },
	{ RETURN, 0, 0, YES },
	{ RETURN, 0, 0, NO },
	/* clang-format on */
};

int
seccomp_enter(void)
{
	struct program program = { sizeof(list) / sizeof(*list), list };

	return prctl(PR_SET_SECCOMP, BY_FILTER, &program, 0, 0);
}
#else
int
seccomp_enter(void)
{
	return 0;
}
#endif
