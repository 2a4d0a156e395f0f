/* Executing other programs.  See process.h. */
#include "base/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum {
	ENVIRONMENT_MAX = 1024,
	OCTETS_MAX = PROCESS_VARIABLES_MAX * 4200,
	PATH_OCTETS_MAX = 4096,
};

extern char **environ;

/* The path to search if PATH is not set. */
static const char usual_path[] = "/usr/local/bin:/bin:/usr/bin";

size_t
process_split(char *line, char *argv[], size_t max)
{
	size_t n = 0;

	for (;;) {
		while (is_blank((unsigned char)*line))
			*line++ = '\0';
		if (*line == '\0')
			break;
		if (n == max - 1)
			return 0;
		argv[n++] = line;
		line += strcspn(line, " \t");
	}
	argv[n] = NULL;
	return n;
}

static bool
is_executable(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

bool
process_is_executable(const char *name)
{
	char path[PATH_OCTETS_MAX];
	const char *all = getenv("PATH");
	struct span dirs, dir;
	struct text t;

	if (strchr(name, '/'))
		return is_executable(name);
	for (dirs = span_of(all ? all : usual_path); dirs.n > 0;
	     span_take(&dirs, ':')) {
		dir = span_take_until(&dirs, ':');
		t = text_in(path, sizeof(path));
		text_span(&t, dir.n > 0 ? dir : span_of("."));
		text_char(&t, '/');
		text_add(&t, name);
		if (is_executable(text_end(&t)))
			return true;
	}
	return false;
}

static char *
add_variable(struct text *t, const struct process_variable *v)
{
	char *variable = t->s + t->n;

	text_add(t, v->name);
	text_char(t, '=');
	text_span(t, v->value);
	text_char(t, '\0');
	return variable;
}

/* True if OURS replaces VARIABLE.  The old one must be removed: of two
 * variables of one name, some programs read the first, some the last. */
static bool
is_ours(const char *variable, const struct process_variable ours[], size_t n)
{
	struct span rest, name;
	size_t i;

	rest = span_of(variable);
	name = span_take_until(&rest, '=');
	for (i = 0; i < n; i++)
		if (strlen(ours[i].name) == name.n &&
		    memcmp(ours[i].name, name.s, name.n) == 0)
			return true;
	return false;
}

static void
set_environment(const struct process_variable ours[], size_t n)
{
	static char octets[OCTETS_MAX];
	static char *variables[ENVIRONMENT_MAX];
	struct text t = text_in(octets, sizeof(octets));
	size_t all, i;

	for (all = 0; all < n; all++)
		variables[all] = add_variable(&t, &ours[all]);
	for (i = 0; environ[i] && all < ENVIRONMENT_MAX - 1; i++)
		if (!is_ours(environ[i], ours, n))
			variables[all++] = environ[i];
	variables[all] = NULL;
	environ = variables;
}

static void
restore_signals(void)
{
	static const int ours[] = { SIGPIPE, SIGXFSZ, SIGTERM, SIGALRM,
		SIGCHLD };
	struct sigaction act = { 0 };
	sigset_t none;
	size_t i;

	act.sa_handler = SIG_DFL;
	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		sigaction(ours[i], &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
process_exec(char *const argv[], const struct process_variable ours[], size_t n)
{
	restore_signals();
	if (n > 0)
		set_environment(ours, n);
	execvp(argv[0], argv);
}

pid_t
process_fork(int *ret_to, int *ret_from)
{
	int to[2], from[2];
	pid_t pid;

	signal(SIGCHLD, SIG_DFL); /* keeps the child's status for wait */
	if (pipe(to) < 0 || pipe(from) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[0]);
		close(to[1]);
		close(from[0]);
		close(from[1]);
		return 0;
	}
	close(to[0]);
	close(from[1]);
	*ret_to = to[1];
	*ret_from = from[0];
	return pid;
}
