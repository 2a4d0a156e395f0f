/* Output of --check.  See report.h. */
#include "check/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

enum {
	REPORT_MAX = 8192,
	WHO_MAX = 256, /* octets of WHO that are shown */
};

/* Adds TEXT.  Octets that are not UTF-8, or do not show, become escapes, so
 * that a users file cannot control the terminal. */
static void
add_escaped(struct text *t, struct span text)
{
	struct span point;
	uint32_t value;
	size_t i;

	while (text.n > 0) {
		point = text;
		if (utf8_take(&text, &value) && !utf8_is_hidden(value)) {
			point.n -= text.n;
			text_span(t, point);
			continue;
		}
		for (i = 0; i < point.n - text.n; i++)
			text_escaped(t, (unsigned char)point.s[i]);
	}
}

/* NUMBER is a line of the users file, or 0. */
void
report(const char *file, uint64_t number, struct span who, const char *verdict)
{
	char buffer[REPORT_MAX];
	struct text t = text_in(buffer, sizeof(buffer) - 1);

	add_escaped(&t, span_of(file));
	if (number > 0) {
		text_add(&t, ", line ");
		text_number(&t, number, 0);
	}
	text_add(&t, ": ");
	if (who.n > 0) {
		add_escaped(&t, span_take_n(&who, WHO_MAX));
		text_add(&t, ": ");
	}
	add_escaped(&t, span_of(verdict));
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

void
report_count(struct text *t, uint64_t n, const char *what, const char *plural)
{
	text_number(t, n, 0);
	text_add(t, what);
	text_add(t, n == 1 ? "" : plural);
}
