/* What the command line is told.  See usage.h. */
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
    "smtp-stdio receives mail by SMTP on its standard input and output.\n"
    "\n"
    "  smtp-stdio [options]                    one session\n"
    "  smtp-stdio --check [options]            proves the configuration\n"
    "  smtp-stdio --talk [FILE...] -- COMMAND...  the client; COMMAND is the\n"
    "                                          connection, FILE a transcript\n"
    "                                          or a folder of transcripts\n"
    "\n"
    "  -u, --users=FILE        who has a mailbox here (users.txt)\n"
    "  -m, --mail=DIR          the Maildirs stand below it (mail)\n"
    "  -n, --name=HOST         the name of this host (what the system says)\n"
    "  -s, --size=OCTETS       of a message at most; K, M, G; 0: any (50M)\n"
    "  -r, --recipients=N      of a message at most, 100 to 1000 (1000)\n"
    "  -t, --timeout=SECONDS   without input (300)\n"
    "  -d, --deadline=SECONDS  for the whole session (3600)\n"
    "      --commands          allow `|` lines in the users file\n"
    "      --command-time=SECONDS  for one of them (300)\n"
    "      --tls=COMMAND       offer STARTTLS; COMMAND is the helper\n"
    "      --tls-on            TLS is on; helpers say it\n"
    "      --proxy             a PROXY header comes first\n"
    "      --lmtp              LMTP, with an answer for each recipient\n"
    "      --lab               the classroom protocol\n"
    "      --lf                LF ends a line, too; for files and pipes\n"
    "      --no-sync           for tests: do not wait for the disk\n"
    "      --deterministic     for tests: the clock stands, nothing is random\n"
    "      --record=FILE       with --talk: what was said, as a transcript\n"
    "  -h, --help\n"
    "  -V, --version\n";

static void
say(const char *words)
{
	ssize_t done = write(STDOUT_FILENO, words, strlen(words));

	(void)done; /* nobody wants to know */
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
