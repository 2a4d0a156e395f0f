/* sandbox: attempts of a sandboxed process.
 *
 * The same attempts are made three times, in separate files: without a sandbox,
 * where each must succeed to make the others meaningful; and in each
 * sandbox. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "sandbox_attempts.h"

#include <arpa/inet.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "base/sandbox.h"
#include "unit.h"

static void
must(bool ok)
{
	if (!ok)
		_exit(2);
}

static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
}

/* As `true` it does nothing; a static one needs no other file. */
static void
copy_myself(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0700);
	char octets[65536];
	ssize_t n;

	must(in >= 0 && out >= 0);
	while ((n = read(in, octets, sizeof(octets))) > 0)
		must(write(out, octets, (size_t)n) == n);
	must(n == 0 && close(in) == 0 && close(out) == 0);
}

static void
make_files(const struct scratch *scratch)
{
	static const char *const dirs[] = { "out", "out/dir", "mail", "mail/a",
		"mail/b", "mail/dir" };
	static const char *const files[] = { "out/file", "out/held", "out/old",
		"out/b", "out/e", "mail/a/file", "mail/a/b", "mail/a/z",
		"mail/a/old" };
	size_t i;

	must(chdir(scratch->dir) == 0);
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		must(mkdir(dirs[i], 0700) == 0);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		make_file(files[i]);
	must(symlink("../out", "mail/way") == 0);
	copy_myself("mail/true");
}

/* Both sockets have a listener: only the sandbox refuses connections. */
static void
make_sockets(struct scene *s)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	int abstract = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t n = sizeof(s->tcp);

	s->tcp = (struct sockaddr_in){ .sin_family = AF_INET };
	s->tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(tcp, (struct sockaddr *)&s->tcp, n) == 0);
	must(listen(tcp, ATTEMPTS) == 0);
	must(getsockname(tcp, (struct sockaddr *)&s->tcp, &n) == 0);
	s->abstract = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(s->abstract.sun_path + 1, sizeof(s->abstract.sun_path) - 1,
	    "smtp-stdio-test-%ld", (long)getpid());
	must(bind(abstract, (struct sockaddr *)&s->abstract,
	         sizeof(s->abstract)) == 0);
}

/* The results of a child, which enters the sandbox OUTSIDE unless that is
 * negative. */
static void
run(const struct scene *s, int outside, unsigned ret[static ATTEMPTS])
{
	unsigned outcomes[ATTEMPTS];
	int ends[2], mail, status;
	pid_t child;
	size_t i;

	must(pipe(ends) == 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		mail = open("mail", O_RDONLY | O_DIRECTORY);
		must(outside < 0 ||
		    sandbox_enter(mail, "mail",
		        (enum sandbox_outside)outside) == 0);
		for (i = 0; i < ATTEMPTS; i++)
			outcomes[i] = attempt_outcome(s, &attempts[i]);
		must(write(ends[1], outcomes, sizeof(outcomes)) ==
		    (ssize_t)sizeof(outcomes));
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child);
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	must(read(ends[0], ret, sizeof(outcomes)) == (ssize_t)sizeof(outcomes));
	close(ends[0]);
	close(ends[1]);
}

/* -1 is no sandbox. */
static void
try_all(struct unit *u, struct scene *s, int outside, long abi)
{
	struct scratch scratch;
	unsigned got[ATTEMPTS], want;
	size_t i;

	scratch_open(&scratch);
	make_files(&scratch);
	s->held = open("out/held", O_RDWR);
	run(s, outside, got);
	for (i = 0; i < ATTEMPTS; i++) {
		want = outside < 0 || attempts[i].lawful == ALWAYS ||
		        (attempts[i].lawful == READERS &&
		            outside == SANDBOX_READ_ONLY)
		    ? ALLOWED
		    : DENIED;
		if (attempts[i].abi <= abi)
			EXPECT_NUMBER(u, span_of(attempts[i].name), got[i],
			    want);
	}
	close(s->held);
	must(chdir("/") == 0);
	scratch_close(&scratch);
}

static long
landlock_abi(void)
{
#ifdef __linux__
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
#else
	return -1;
#endif
}

int
main(int argc, char *argv[])
{
	struct unit u = { .out = STDOUT_FILENO };
	static struct scene scene;
	long abi = landlock_abi();

	if (argc > 0 && strcmp(argv[0], "true") == 0)
		return 0;
	make_sockets(&scene);
	try_all(&u, &scene, -1, 99);
	if (abi >= 2) {
		try_all(&u, &scene, SANDBOX_STRICT, abi);
		try_all(&u, &scene, SANDBOX_READ_ONLY, abi);
	}
	return unit_end(&u);
}
