/* Tests the client with any server and any transcript: its output must be
 * printable, it must send exactly what the lines specify, and the sizes of the
 * pieces must make no difference.
 *
 * The first octet selects whether the lines are a transcript or typed by a
 * person.  The lines end at a NUL; the rest is sent by the server. */
#include "client/conversation.h"
#include "client/transcript.h"
#include "fuzz.h"

enum {
	LINES = 1000, /* descriptors, not open */
	SERVER = 1001,
	TO_SERVER = 1002,
	INPUT_MAX = 160 << 10,
	OUTPUT_MAX = 1 << 22,
	SHOWN_LINE_MAX = 1000 * 4 + 64,
};

struct stream {
	size_t n;
	char octets[OUTPUT_MAX];
};

static char lines_room[INPUT_MAX], server_room[INPUT_MAX];
static struct span lines, server;
static struct stream shown, sent, shown_first, sent_first;
static uint64_t random_state;

static struct conversation conversation;
static struct linereader person;

/* State to check the lock step while a person types. */
static struct {
	bool person, due, in_data, mid_line;
	bool mid_heard, final, go_ahead; /* of the server's line */
	size_t start;                    /* of the line being sent */
} step;

ssize_t __wrap_os_read(int fd, char *buffer, size_t n);
int __wrap_file_write_all(int fd, const char *octets, size_t n);

ssize_t
__wrap_os_read(int fd, char *buffer, size_t n)
{
	struct span *from = fd == LINES ? &lines : &server, part;
	size_t max;

	MUST((fd == LINES || fd == SERVER) && n > 0);
	ASAN_UNPOISON_MEMORY_REGION(buffer, n);
	max = n;
	if (random_state > 0)
		max = 1 + random_next(&random_state) % (n < 20 ? n : 20);
	part = span_take_n(from, max);
	if (part.n > 0)
		memcpy(buffer, part.s, part.n);
	ASAN_POISON_MEMORY_REGION(buffer + part.n, n - part.n);
	return (ssize_t)part.n;
}

/* Checks that no line is sent while a reply is due, unless the server is
 * lost. */
static void
note_sent(struct span octets)
{
	if (!step.mid_line) {
		MUST(!step.due || conversation.lost);
		step.start = sent.n - octets.n;
	}
	step.mid_line = !span_is(octets, "\r\n");
	if (step.mid_line)
		return;
	if (sent.n - step.start == 3 && sent.octets[step.start] == '.')
		step.in_data = false;
	step.due = !step.in_data;
}

static void
note_heard(struct span line)
{
	struct span code;

	if (!span_take_word(&line, "Server: "))
		return;
	line.n--; /* LF */
	if (!step.mid_heard) {
		code = span_take_n(&line, 3);
		step.final = code.n > 0 && span_all(code, is_digit) &&
		    !span_take(&line, '-');
		step.go_ahead = span_is(code, "354");
	}
	step.mid_heard = conversation.from.mid_line;
	if (step.mid_heard || !step.final)
		return;
	step.due = false;
	step.in_data = step.go_ahead;
}

int
__wrap_file_write_all(int fd, const char *octets, size_t n)
{
	struct stream *to = fd == TO_SERVER ? &sent : &shown;

	MUST(fd == TO_SERVER || fd == 1 || fd == 2);
	MUST(n <= sizeof(to->octets) - to->n);
	if (fd != TO_SERVER) {
		MUST(n > 0 && n < SHOWN_LINE_MAX && octets[n - 1] == '\n');
		MUST(span_all((struct span){ octets, n - 1 }, is_printable));
	}
	if (fd == 2)
		return 0; /* a message on a line end */
	if (n > 0)
		memcpy(to->octets + to->n, octets, n);
	to->n += n;
	if (step.person && fd == TO_SERVER)
		note_sent((struct span){ octets, n });
	else
		note_heard((struct span){ octets, n });
	return 0;
}

static void
play_person(void)
{
	struct piece piece;

	conversation_hear_reply(&conversation);
	while (!conversation.lost && linereader_next(&person, &piece)) {
		conversation_say_line(&conversation, piece);
		conversation_hear_reply(&conversation);
	}
}

static enum transcript_result
play(struct span said, struct span heard, bool script)
{
	enum transcript_result r = TRANSCRIPT_OK;
	struct transcript_fault fault;
	struct span line;

	ASAN_UNPOISON_MEMORY_REGION(&person, sizeof(person));
	ASAN_UNPOISON_MEMORY_REGION(&conversation, sizeof(conversation));
	lines = said;
	server = heard;
	shown.n = sent.n = 0;
	conversation = (struct conversation){ .due = true,
		.timeout = 300000,
		.to = TO_SERVER };
	conversation.from.fd = SERVER;
	person.fd = LINES;
	person.start = person.end = 0;
	person.eof = person.mid_line = false;
	memset(&step, 0, sizeof(step));
	step.person = !script;
	step.due = true;
	if (script)
		r = transcript_play(&person, &conversation, &fault);
	else
		play_person();
	while (conversation_hear_line(&conversation, &line))
		MUST(!memchr(line.s, '\n', line.n));
	MUST(conversation.lost && server.n == 0);
	return r;
}

/* Checks that typed lines are sent unchanged, with CRLF as the line end. */
static void
judge_sent(struct span said)
{
	struct span rest = { sent.octets, sent.n }, line;
	bool cr;

	while (rest.n > 0) {
		line = fuzz_part(&said, '\n');
		cr = line.n > 0 && line.s[line.n - 1] == '\r';
		line.n -= cr;
		MUST(rest.n >= line.n + 2);
		MUST(octets_same(span_take_n(&rest, line.n), line));
		MUST(span_take_word(&rest, "\r\n"));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span in = { (const char *)data, n };
	unsigned char first = fuzz_octet(&in);
	struct span said = fuzz_part(&in, '\0'), heard;
	enum transcript_result r;
	bool script = first & 1;

	said = fuzz_expand(said, lines_room, sizeof(lines_room));
	heard = fuzz_expand(in, server_room, sizeof(server_room));
	random_state = 0;
	r = play(said, heard, script);
	if (!script)
		judge_sent(said);
	shown_first.n = shown.n;
	memcpy(shown_first.octets, shown.octets, shown.n);
	sent_first.n = sent.n;
	memcpy(sent_first.octets, sent.octets, sent.n);

	random_state = (uint64_t)(first >> 1) + 1;
	MUST(play(said, heard, script) == r);
	MUST(octets_same((struct span){ shown.octets, shown.n },
	    (struct span){ shown_first.octets, shown_first.n }));
	MUST(octets_same((struct span){ sent.octets, sent.n },
	    (struct span){ sent_first.octets, sent_first.n }));
	return 0;
}
