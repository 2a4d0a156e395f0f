/* Help, version and errors of the command line.  See usage.h. */
#include "cli/usage.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#ifndef VERSION
#define VERSION "unknown"
#endif
#ifndef BUILD
#define BUILD "built by hand"
#endif

static const char help[] =
    "smtp-stdio receives mail by SMTP on standard input and output.\n"
    "\n"
    "  smtp-stdio [options]                    one session\n"
    "  smtp-stdio -bs [options]                the same, called as sendmail\n"
    "  smtp-stdio --check [options]            check the configuration\n"
    "  smtp-stdio --talk [FILE...] -- COMMAND...  the client; COMMAND is the\n"
    "                                          connection, FILE a transcript\n"
    "                                          or a folder of transcripts\n"
    "\n"
    "  -u, --users=FILE        the users file (users.txt)\n"
    "  -m, --mail=DIR          the directory of the Maildirs (mail)\n"
    "  -n, --name=HOST         the name of this host (the system's)\n"
    "  -s, --size=OCTETS       maximum message size, K/M/G, 0 =\n"
    "                          unlimited (default 50M)\n"
    "  -r, --recipients=N      maximum recipients, 100 to 1000 (1000)\n"
    "  -t, --timeout=SECONDS   idle timeout (300)\n"
    "  -d, --deadline=SECONDS  limit for the whole session (3600)\n"
    "      --commands          allow `|` lines in the users file\n"
    "      --command-time=SECONDS  limit for them together (300)\n"
    "      --filter=COMMAND    pass each message through COMMAND\n"
    "      --policy=COMMAND    ask COMMAND about each recipient, by\n"
    "                          Postfix's protocol; up to four times\n"
    "      --auth=COMMAND      offer AUTH over TLS; COMMAND checks\n"
    "                          passwords as checkpassword does\n"
    "      --auth-clear        offer it without TLS, too\n"
    "      --auth-required     accept mail only after AUTH\n"
    "      --tls=COMMAND       offer STARTTLS; COMMAND is the helper\n"
    "      --tls-on            TLS is active; for helpers\n"
    "      --tls-required      accept mail only over TLS\n"
    "      --proxy             expect a PROXY header first\n"
    "      --lmtp              LMTP: one reply for each recipient\n"
    "      --lab               the classroom protocol\n"
    "      --catch             for tests of programs: take any address,\n"
    "                          user and password; mail is in ./all/\n"
    "      --lf                accept LF as a line end; for files and pipes\n"
    "      --no-sync           for tests: do not wait for the disk\n"
    "      --deterministic     for tests: fixed clock, no random bits\n"
    "      --record=FILE       with --talk: record a transcript\n"
    "  -h, --help\n"
    "  -V, --version\n";

static void
say(const char *words)
{
	ssize_t done = write(STDOUT_FILENO, words, strlen(words));

	(void)done; /* a failure is ignored */
}

void
usage_help(void)
{
	say(help);
}

void
usage_version(void)
{
	say("smtp-stdio " VERSION ", " BUILD "\n");
}

void
usage_complain(const char *what, const char *value)
{
	char line[1024];
	struct text t = text_in(line, sizeof(line));

	text_add(&t, "smtp-stdio: ");
	text_add(&t, what);
	if (value) {
		text_add(&t, ": ");
		text_span(&t, (struct span){ value, strnlen(value, 256) });
	}
	text_add(&t, "\nTry 'smtp-stdio --help'.\n");
	log_complaint(text_end(&t));
}
