/* Contents of a certificate.  See tlscert.h. */
#include "check/tlscert.h"

#include <poll.h>
#include <unistd.h>

#include "base/file.h"
#include "base/os.h"
#include "base/process.h"
#include "base/text.h"
#include "check/report.h"

enum {
	HOST_MAX = 257,
	LINE_MAX_OCTETS = 512,
	ANSWER_MAX = 8192, /* octets read from openssl */
	SHOWN_MAX = 1000,  /* octets shown of one line */
	NOT_RUN = 127,
	PATIENCE = 10000, /* ms to wait for openssl */
};

static void
say(const char *verdict)
{
	report("tls", 0, span_of("certificate"), verdict);
}

static unsigned
problem(const char *verdict)
{
	say(verdict);
	return 1;
}

static void
say_of(const char *what, struct span words)
{
	char line[SHOWN_MAX + 64];
	struct text t = text_in(line, sizeof(line));
	struct span shown = span_take_n(&words, SHOWN_MAX);
	size_t i;

	text_add(&t, what);
	for (i = 0; i < shown.n; i++) /* text is untrusted */
		text_char(&t,
		    is_printable((unsigned char)shown.s[i]) ? shown.s[i] : '?');
	say(text_end(&t));
}

/* Executes the command line OF in the child. */
static int
exec_openssl(void *of)
{
	process_exec_line(of, NULL, 0);
	return NOT_RUN;
}

/* Appends what comes from the descriptor FROM to OUT, until DEADLINE. */
static void
take_output(int from, int64_t deadline, struct text *out)
{
	ssize_t n = 1;

	while (n > 0 && out->n < out->max &&
	    os_wait(from, POLLIN, deadline) == OS_READY) {
		n = os_read(from, out->s + out->n, out->max - out->n);
		out->n += n > 0 ? (size_t)n : 0;
	}
}

/* Runs `openssl x509` on DER with the arguments QUESTION and HOST, and appends
 * its standard output to OUT.  True: openssl exited with 0. */
static bool
ask(const char *question, const char *host, struct span der, struct text *out)
{
	char line[LINE_MAX_OCTETS];
	struct text t = text_in(line, sizeof(line));
	struct process openssl = { .fd = { 0, 0, STDERR_FILENO, -1 },
		.run = exec_openssl,
		.of = line };
	int64_t deadline = os_monotonic_ms() + PATIENCE;
	int to, from, status = -1;
	pid_t pid;

	text_add(&t, "openssl x509 -inform DER -noout ");
	text_add(&t, question);
	text_add(&t, host);
	if (!text_end(&t))
		return false;
	pid = process_start_piped(&openssl, &to, &from);
	if (pid < 0)
		return false;
	file_write_all(to, der.s, der.n); /* openssl reports short input */
	close(to);
	take_output(from, deadline, out);
	close(from);
	if (!process_wait(pid, deadline, &status))
		process_kill(pid, false);
	return status == 0;
}

/* Reports one line of openssl's output. */
static void
tell(struct span line, const char *host)
{
	char no[HOST_MAX + 64];
	struct text t = text_in(no, sizeof(no));

	text_add(&t, "Hostname ");
	text_add(&t, host);
	text_add(&t, " does NOT match certificate");
	if (span_take_word(&line, "subject="))
		say_of("of ", line);
	else if (span_take_word(&line, "notAfter="))
		say_of("ends ", line);
	else if (line.n > 0 && is_blank((unsigned char)line.s[0]))
		say_of("for ", span_trim(line));
	else if (host[0] != '[' && span_same(line, text_span_of(&t)))
		say_of("is not for this host, ", span_of(host));
}

/* Reports each line of OUT and empties it for the next answer. */
static void
tell_all(struct text *out, const char *host)
{
	struct span rest;

	for (rest = text_span_of(out); rest.n > 0; span_take(&rest, '\n'))
		tell(span_take_until(&rest, '\n'), host);
	out->n = 0;
}

unsigned
tlscert_report(struct span der, struct span host)
{
	char answer[ANSWER_MAX], who[HOST_MAX];
	struct text out = text_in(answer, sizeof(answer));
	struct text t = text_in(who, sizeof(who));

	if (!process_is_executable("openssl")) {
		say("not checked; install openssl");
		return 0;
	}
	text_span(&t, host);
	text_char(&t, '\0');
	if (!ask("-subject -enddate -ext subjectAltName", "", der, &out))
		return problem("cannot be read by openssl");
	tell_all(&out, who);
	(void)ask("-checkhost ", who, der, &out); /* result is in OUT */
	tell_all(&out, who);
	if (!ask("-checkend 0", "", der, &out))
		return problem("has expired; renew it");
	return 0;
}
