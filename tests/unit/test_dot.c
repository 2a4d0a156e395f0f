/* dot: the end of a message (RFC 5321 4.1.1.4, 2.3.8), with the line ends that
 * have permitted SMTP smuggling elsewhere. */
#include "smtp/dot.h"

#include <unistd.h>

#include "unit.h"

enum { ROOM = 256 };

#define L(text) LITERAL(text)

enum fault { FINE = 0, CR = 1, LF = 2, BOTH = 3 };

struct row {
	struct span in, out;
	bool ended;
	enum fault fault;
	size_t left; /* octets after the end */
};

/* With only CRLF as the end of a line. */
static const struct row strict[] = {
	/* clang-format off */
	{ L(""), L(""), false, FINE, 0 },
	{ L("."), L(""), false, FINE, 0 },
	{ L("\r"), L(""), false, FINE, 0 },
	{ L(".\r"), L(""), false, FINE, 0 },
	{ L(".\r\n"), L(""), true, FINE, 0 },
	{ L(".\r\nQUIT\r\n"), L(""), true, FINE, 6 },
	{ L("a\r\n.\r\n"), L("a\n"), true, FINE, 0 },
	{ L("\r\n.\r\n."), L("\n"), true, FINE, 1 },
	{ L("a\r\n..\r\n.\r\n"), L("a\n.\n"), true, FINE, 0 },
	{ L("..a\r\n...\r\n.\r\n"), L(".a\n..\n"), true, FINE, 0 },
	{ L(".a\r\n.\r\n"), L("a\n"), true, FINE, 0 },
	{ L("a.\r\n.\r\n"), L("a.\n"), true, FINE, 0 },
	{ L("a.\r\n.b\r\n"), L("a.\nb\n"), false, FINE, 0 },
	{ L("a\r\n. \r\n"), L("a\n \n"), false, FINE, 0 },
	{ L("a\r\n.\0\r\n"), L("a\n\0\n"), false, FINE, 0 },
	{ L("a\r\n\0.\r\n"), L("a\n\0.\n"), false, FINE, 0 },
	{ L("\xff\x80\x00\x7f\r\n"), L("\xff\x80\x00\x7f\n"), false, FINE, 0 },
	/* Ends that other servers have accepted: none of them is valid. */
	{ L("a\n.\n"), L("a."), false, LF, 0 },
	{ L("a\n.\r\n"), L("a.\n"), false, LF, 0 },
	{ L("a\r\n.\n"), L("a\n"), false, LF, 0 },
	{ L("a\r\n.\nb\r\n"), L("a\nb\n"), false, LF, 0 },
	{ L("a\r.\r"), L("a."), false, CR, 0 },
	{ L("a\r.\r\n"), L("a.\n"), false, CR, 0 },
	{ L("a\r\n.\rb"), L("a\nb"), false, CR, 0 },
	{ L("a\r\n.\r\r\n"), L("a\n\n"), false, CR, 0 },
	{ L("a\r\r\n.\r\r\nb"), L("a\n\nb"), false, CR, 0 },
	{ L("a\r\r\n.\r\n"), L("a\n"), true, CR, 0 },
	{ L("a\n\n.\n\n"), L("a."), false, LF, 0 },
	{ L("a\n\r.\n\r"), L("a."), false, BOTH, 0 },
	{ L("a\n\r\n.\r\n"), L("a\n"), true, LF, 0 },
	{ L("a\r.\n"), L("a."), false, BOTH, 0 },
	{ L("a\n.\r"), L("a."), false, LF, 0 },
	{ L("a\r\n\n.\r\n"), L("a\n.\n"), false, LF, 0 },
	{ L("a\r\n\r.\r\n"), L("a\n.\n"), false, CR, 0 },
	{ L("a\r\0\n.\r\n"), L("a\0.\n"), false, BOTH, 0 },
	{ L("\n.\r\n"), L(".\n"), false, LF, 0 },
	{ L("\r.\r\n"), L(".\n"), false, CR, 0 },
	{ L("\n\r\n"), L("\n"), false, LF, 0 },
	{ L(".\n.\r\n"), L(".\n"), false, LF, 0 },
	{ L(".\r.\r\n"), L(".\n"), false, CR, 0 },
	{ L(".\r\0\n"), L("\0"), false, BOTH, 0 },
	{ L("a\nMAIL FROM:<b>\r\n"), L("aMAIL FROM:<b>\n"), false, LF, 0 },
	/* clang-format on */
};

/* With LF as the end of a line, too. */
static const struct row loose[] = {
	/* clang-format off */
	{ L(""), L(""), false, FINE, 0 },
	{ L(".\n"), L(""), true, FINE, 0 },
	{ L(".\r\n"), L(""), true, FINE, 0 },
	{ L("a\n.\nb\n"), L("a\n"), true, FINE, 2 },
	{ L("a\n.\r\nb\n"), L("a\n"), true, FINE, 2 },
	{ L("a\r\n.\n"), L("a\n"), true, FINE, 0 },
	{ L("\n\n..\n.\n"), L("\n\n.\n"), true, FINE, 0 },
	{ L("a\n.b\n"), L("a\nb\n"), false, FINE, 0 },
	{ L("a\r.\r\n"), L("a.\n"), false, CR, 0 },
	{ L("a\r.\n"), L("a.\n"), false, CR, 0 },
	{ L("a\n.\rb\n"), L("a\nb\n"), false, CR, 0 },
	{ L("a\r\r\n.\n"), L("a\n"), true, CR, 0 },
	{ L("a\n.\r\r\n"), L("a\n\n"), false, CR, 0 },
	{ L("\n\r.\n"), L("\n.\n"), false, CR, 0 },
	/* clang-format on */
};

/* The octets of the message with CRLF at each line end. */
static uint64_t
size_of(struct span out)
{
	uint64_t size = out.n;
	size_t i;

	for (i = 0; i < out.n; i++)
		size += out.s[i] == '\n';
	return size;
}

static void
expect_row(struct unit *u, const struct guard *g, const struct row *t, bool lf)
{
	struct span in = guarded(g, t->in);
	struct span rest = in, out = { NULL, 0 };
	char octets[ROOM];
	struct dot d;

	dot_init(&d, lf);
	out.n = dot_decode(&d, &rest, octets, sizeof(octets));
	out.s = octets;
	EXPECT_SPAN(u, in, out, t->out);
	EXPECT_NUMBER(u, in, d.ended, t->ended);
	EXPECT_NUMBER(u, in, d.bare_cr, (t->fault & CR) != 0);
	EXPECT_NUMBER(u, in, d.bare_lf, (t->fault & LF) != 0);
	EXPECT_NUMBER(u, in, rest.n, t->left);
	EXPECT_NUMBER(u, in, d.size, size_of(t->out));
}

/* A wrong row is detected. */
static void
wrong_row(struct unit *u, const struct guard *g)
{
	static const struct row wrong = { L("a\n.\n"), L("a\n"), true, FINE,
		1 };
	struct unit inner = { .out = -1 };
	int ends[2] = { -1, -1 };

	if (pipe(ends) < 0)
		_exit(2);
	inner.out = ends[1];
	expect_row(&inner, g, &wrong, false);
	EXPECT_NUMBER(u, span_of("a row with five faults"), inner.failures, 5);
	close(ends[0]);
	close(ends[1]);
}

/* Octet C at each place among others: only CR and LF are special. */
static void
every_octet_in_a_run(struct unit *u, const struct guard *g)
{
	/* Octets that a search by whole words could mistake for CR or LF. */
	static const char near[] = "\x8d\x0c\x0b\x0e\x8a\x09\x00";
	char octets[24], out[24];
	unsigned c, at, i, wrong = 0;
	struct span in;
	struct dot d;
	size_t n;

	for (c = 0; c < 256; c++)
		for (at = 1; at < sizeof(octets); at++) {
			for (i = 0; i < sizeof(octets); i++)
				octets[i] = near[i % (sizeof(near) - 1)];
			octets[at] = (char)c;
			in =
			    guarded(g, (struct span){ octets, sizeof(octets) });
			dot_init(&d, false);
			n = dot_decode(&d, &in, out, sizeof(out));
			wrong += n != sizeof(out) - (c == '\r' || c == '\n');
			wrong += d.bare_lf != (c == '\n');
			wrong +=
			    d.bare_cr != (c == '\r' && at < sizeof(octets) - 1);
		}
	EXPECT_NUMBER(u, span_of("every octet in a run"), wrong, 0);
}

int
main(void)
{
	struct unit u = { .out = STDOUT_FILENO };
	struct guard g = guard_open(ROOM);
	size_t i;

	for (i = 0; i < sizeof(strict) / sizeof(*strict); i++)
		expect_row(&u, &g, &strict[i], false);
	for (i = 0; i < sizeof(loose) / sizeof(*loose); i++)
		expect_row(&u, &g, &loose[i], true);
	wrong_row(&u, &g);
	every_octet_in_a_run(&u, &g);
	return unit_end(&u);
}
