/* Output of --check.  See report.h. */
#include "check/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum {
	REPORT_MAX = 8192,
	WHO_MAX = 256, /* octets of WHO that are shown */
};

/* NUMBER is a line of the users file, or 0. */
void
report(const char *file, uint64_t number, struct span who, const char *verdict)
{
	char buffer[REPORT_MAX];
	struct text t = text_in(buffer, sizeof(buffer) - 1);

	text_add(&t, file);
	if (number > 0) {
		text_add(&t, ", line ");
		text_number(&t, number, 0);
	}
	text_add(&t, ": ");
	if (who.n > 0) {
		text_span(&t, span_take_n(&who, WHO_MAX));
		text_add(&t, ": ");
	}
	text_add(&t, verdict);
	buffer[t.n++] = '\n';
	file_write_all(STDOUT_FILENO, buffer, t.n); /* failure ignored */
}

/* Returns advice for ERROR, to be printed after its strerror() text. */
static const char *
advice(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "; give the user of this program access (chown,"
		       " chmod); a Maildir must be below the mail directory";
	case ENOENT:
		return "; create it, or name another one";
	case ENOTDIR:
	case EISDIR:
		return "; expected a directory (or a file)";
	case ENOSPC:
	case EDQUOT:
		return "; free some space";
	case EROFS:
		return "; mount it read-write";
	case ENAMETOOLONG:
		return "; use a shorter Maildir name";
	default:
		return "";
	}
}

void
report_error(const char *file, struct span who, const char *what, int error)
{
	char buffer[512];
	struct text t = text_in(buffer, sizeof(buffer));

	text_add(&t, what);
	if (error) {
		text_add(&t, ": ");
		text_add(&t, strerror(error));
		text_add(&t, advice(error));
	}
	report(file, 0, who, text_end(&t));
}
