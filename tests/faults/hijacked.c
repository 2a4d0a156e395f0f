/* The program with a session that was taken over.  See hijacked.h.
 *
 * The linker replaces each function that this file defines as __wrap_NAME. */
#define _GNU_SOURCE
#include "hijacked.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

int __real_begin_open(struct session *s);
int __wrap_begin_open(struct session *s);
void __real_begin_confine(const struct session *s);
void __wrap_begin_confine(const struct session *s);
int __real_seccomp_enter(void);
int __wrap_seccomp_enter(void);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_file_open(int dir, const char *path, int flags);
int __wrap_file_open(int dir, const char *path, int flags);
int __real_file_open_unnamed(int dir, const char *path, int mode);
int __wrap_file_open_unnamed(int dir, const char *path, int mode);
int __real_monitor_run(struct monitor *m, int (*session)(void *of), void *of);
int __wrap_monitor_run(struct monitor *m, int (*session)(void *of), void *of);

static bool
is_set(const char *variable, const char *value)
{
	const char *is = getenv(variable);

	return is && strcmp(is, value) == 0;
}

static uint64_t
number_of(const char *variable)
{
	const char *digits = getenv(variable);
	uint64_t n;

	return digits && span_number(span_of(digits), &n) ? n : 0;
}

static bool
lacks_landlock(void)
{
	return is_set("HIJACK_WITHOUT", "landlock") ||
	    is_set("HIJACK_WITHOUT", "all");
}

/* A kernel without Landlock. */
long
__wrap_syscall(long number, ...)
{
	long a[6];
	va_list rest;
	size_t i;

	va_start(rest, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(rest, long);
	va_end(rest);
	if (number == SYS_landlock_create_ruleset && lacks_landlock()) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int
__wrap_seccomp_enter(void)
{
	return is_set("HIJACK_WITHOUT", "all") ? 0 : __real_seccomp_enter();
}

/* A system whose temporary files all have names. */
int
__wrap_file_open_unnamed(int dir, const char *path, int mode)
{
	if (!is_set("HIJACK_SWAP", "yes"))
		return __real_file_open_unnamed(dir, path, mode);
	errno = EOPNOTSUPP;
	return -1;
}

/* An attacker who always comes in time between two looks at such a name. */
int
__wrap_file_open(int dir, const char *path, int flags)
{
	static const char other[] = "../bob@example.org/new/old";
	struct span name = span_of(path);

	if (is_set("HIJACK_SWAP", "yes") && !(flags & O_CREAT) &&
	    span_take_word(&name, "scratch.")) {
		if (unlinkat(dir, path, 0) < 0 ||
		    linkat(dir, other, dir, path, 0) < 0)
			_exit(99);
	}
	return __real_file_open(dir, path, flags);
}

int
__wrap_monitor_run(struct monitor *m, int (*session)(void *of), void *of)
{
	m->deadline -= (int64_t)number_of("HIJACK_HASTE");
	return __real_monitor_run(m, session, of);
}

void
hijack_report(struct hijack *h, const char *name, int error, bool good)
{
	char words[200];
	struct text t = text_in(words, sizeof(words));

	text_add(&t, name);
	text_add(&t, ": ");
	text_add(&t, error ? strerror(error) : "succeeds");
	EXPECT_TRUE(&h->report, text_span_of(&t), good);
}

/* By ppoll(), which the list has. */
_Noreturn void
hijack_wait(void)
{
	for (;;)
		ppoll(NULL, 0, NULL, NULL);
}

/* What the attacker writes to the log is allowed. */
static void
log_lie(void)
{
	log_begin(LOG_DONE, "lie");
	log_end();
}

static struct hijack h;

/* With --tls the process cannot open the report later. */
int
__wrap_begin_open(struct session *s)
{
	const char *file = getenv("HIJACK_REPORT");

	h.session = s;
	h.report.out = file ? open(file, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	return __real_begin_open(s);
}

static void
describe(void)
{
	h.parent = getppid();
	h.abi = syscall(SYS_landlock_create_ruleset, NULL, 0L, 1L, 0L, 0L, 0L);
	h.landlock = h.abi >= 2;
	h.listed = !is_set("HIJACK_WITHOUT", "all");
	h.wrong = is_set("HIJACK_WRONG", "yes");
	h.number = number_of("HIJACK_NUMBER");
}

/* The report is one more descriptor than the session has. */
void
__wrap_begin_confine(const struct session *s)
{
	const char *name = getenv("HIJACK");
	bool attempts = name && strcmp(name, "attempts") == 0;
	int code;

	describe();
	if (attempts)
		hijack_prepare();
	__real_begin_confine(s);
	if (!name || h.report.out < 0)
		return;
	code = attempts ? hijack_attempts(&h) : hijack_monitor(&h, name);
	log_lie();
	_exit(code);
}
