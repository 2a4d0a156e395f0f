/* Checks a password by a program.  See checkpassword.h. */
#include "monitor/checkpassword.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/text.h"
#include "monitor/job.h"
#include "monitor/work.h"

enum {
	PAUSE = 1000, /* ms after a failure: guessing is slow */
	INPUT_MAX = 512,
};

/* Executes the program of the monitor OF in the child. */
static int
exec_program(void *of)
{
	const struct monitor *m = of;
	char port[TEXT_NUMBER_MAX];
	const struct process_variable ours[] = {
		{ "CLIENT_ADDRESS", span_of(m->peer.address) },
		{ "CLIENT_PORT", text_of_number(port, m->peer.port) },
	};

	process_exec_line(m->options->auth, ours, sizeof(ours) / sizeof(*ours));
	return EX_TEMPFAIL;
}

/* Writes the input of the program to a pipe, which holds it.  Returns its end
 * for reading, or -1 with errno. */
static int
make_input(const struct request *q)
{
	char octets[INPUT_MAX];
	struct text t = text_in(octets, sizeof(octets));
	int from, to, failed;

	text_add(&t, q->user);
	text_char(&t, '\0');
	text_add(&t, q->password);
	text_span(&t, (struct span){ "\0\0", 2 });
	if (process_pipe(&from, &to) < 0)
		return -1;
	failed = file_write_all(to, octets, t.n);
	os_wipe(octets, sizeof(octets));
	file_close(to);
	return failed ? -1 : from;
}

static void
run(struct work *w, struct answer *ret)
{
	struct job job = { .process = { .fd = { -1, -1, -1,
		                            make_input(&w->m->request) },
		               .run = exec_program,
		               .of = w->m },
		.deadline = w->deadline,
		.file = -1 };

	if (job.process.fd[3] < 0 || job_run(&job) < 0)
		ret->error = errno;
	ret->status = job.status;
}

void
checkpassword_run(struct monitor *m, struct answer *ret)
{
	struct work work = { .m = m,
		.run = run,
		.deadline = os_monotonic_ms() + REQUEST_AUTH_TIME };

	work_run(&work, ret);
	os_wipe(m->request.password, sizeof(m->request.password));
	if (ret->error == 0 && ret->status == 0) {
		memcpy(m->user, m->request.user, sizeof(m->user));
		return;
	}
	m->auth_failures++;
	state_pause(m, PAUSE);
}
