/* Plays many transcripts.  See suite.h. */
#include "client/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "client/conversation.h"
#include "client/server.h"
#include "client/transcript.h"

/* Result of one transcript: the text printed after its name. */
struct verdict {
	char buffer[TERMINAL_LINE_MAX * 3 + 256];
	struct text text;
	int code; /* exit code; 0: passed */
};

static void
add_quoted(struct text *t, const char *what, struct span line)
{
	text_add(t, what);
	text_char(t, '"');
	terminal_escape(t, line);
	text_char(t, '"');
}

static void
add_fault(struct verdict *v, enum transcript_result r,
    const struct transcript_fault *f, const char *loss)
{
	struct text *t = &v->text;

	text_add(t, ": line ");
	text_number(t, f->number, 0);
	text_add(t, ": ");
	switch (r) {
	case TRANSCRIPT_DIFFERS:
		add_quoted(t, "want ", f->want);
		add_quoted(t, " got ", f->got);
		v->code = 1;
		break;
	case TRANSCRIPT_NONSENSE:
		add_quoted(t, "syntax error: ", f->want);
		v->code = EX_DATAERR;
		break;
	case TRANSCRIPT_LOST:
	case TRANSCRIPT_OK:
		if (f->want.s) {
			add_quoted(t, "want ", f->want);
			text_add(t, ", but ");
		}
		text_add(t, loss);
		v->code = EX_IOERR;
		break;
	}
}

/* Plays the transcript that is open as S->input. */
static void
play_open(struct suite *s, struct verdict *v)
{
	struct conversation *d = s->conversation;
	struct transcript_fault fault;
	enum transcript_result r;

	if (!server_begin(d, s->command)) {
		text_add(&v->text, ": cannot start a process");
		v->code = EX_OSERR;
		return;
	}
	r = transcript_play(s->input, d, &fault);
	if (r != TRANSCRIPT_OK) {
		add_fault(v, r, &fault, conversation_loss(d));
	} else if (!server_quit(d)) {
		text_add(&v->text, ": at the end ");
		text_add(&v->text, conversation_loss(d));
		v->code = EX_IOERR;
	}
	server_end(d);
}

static void
say_verdict(struct suite *s, const struct verdict *v, const char *name)
{
	char buffer[TERMINAL_LINE_MAX * 4];
	struct text t = text_in(buffer, sizeof(buffer));

	text_add(&t, v->code == 0 ? "ok " : "not ok ");
	terminal_escape(&t, span_of(name));
	text_span(&t, text_span_of(&v->text));
	terminal_put(&s->conversation->terminal,
	    v->code == 0 ? TERMINAL_RECEIVED : TERMINAL_DIFFERS,
	    text_span_of(&t));
	s->ok += v->code == 0;
	s->failed += v->code != 0;
	if (v->code > s->code)
		s->code = v->code;
}

/* Plays the transcript PATH below the directory DIR; NAME is its name in the
 * output. */
static void
play_file(struct suite *s, int dir, const char *path, const char *name)
{
	struct verdict v = { .code = 0 };
	struct terminal terminal = s->conversation->terminal;

	v.text = text_in(v.buffer, sizeof(v.buffer));
	conversation_init(s->conversation, terminal, s->timeout);
	*s->input = (struct linereader){ .fd = file_open(dir, path, O_RDONLY),
		.skip_bom = true };
	if (s->input->fd < 0) {
		text_add(&v.text, ": cannot be read: ");
		text_add(&v.text, strerror(errno));
		v.code = EX_NOINPUT;
	} else {
		play_open(s, &v);
		close(s->input->fd);
	}
	say_verdict(s, &v, name);
}

static bool
is_file(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

/* Replaces NAME with the next file name in order.  False: there is none.  Each
 * call reads the whole directory, so the names need not be kept in memory. */
static bool
next_name(DIR *dir, char name[static NAME_MAX + 1])
{
	char best[NAME_MAX + 1] = "";
	struct dirent *e;

	rewinddir(dir);
	for (e = readdir(dir); e; e = readdir(dir))
		if (e->d_name[0] != '.' && strcmp(e->d_name, name) > 0 &&
		    (best[0] == '\0' || strcmp(e->d_name, best) < 0) &&
		    strlen(e->d_name) <= NAME_MAX &&
		    is_file(dirfd(dir), e->d_name))
			strcpy(best, e->d_name);
	strcpy(name, best);
	return best[0] != '\0';
}

static void
play_folder(struct suite *s, DIR *dir, const char *folder)
{
	char name[NAME_MAX + 1] = "", path[PATH_MAX + NAME_MAX + 2];
	struct text t;

	while (next_name(dir, name)) {
		t = text_in(path, sizeof(path));
		text_add(&t, folder);
		if (t.n > 0 && t.s[t.n - 1] != '/')
			text_char(&t, '/');
		text_add(&t, name);
		play_file(s, dirfd(dir), name, text_end(&t));
	}
}

static void
say_total(const struct suite *s)
{
	char buffer[64];
	struct text t = text_in(buffer, sizeof(buffer));

	text_number(&t, s->ok, 0);
	text_add(&t, " ok, ");
	text_number(&t, s->failed, 0);
	text_add(&t, " not ok");
	terminal_put(&s->conversation->terminal, TERMINAL_PLAIN,
	    text_span_of(&t));
}

int
suite_play(struct suite *s, char *const names[], size_t n)
{
	DIR *dir;
	size_t i;

	s->conversation->terminal.quiet = true;
	for (i = 0; i < n; i++) {
		dir = opendir(names[i]);
		if (dir) {
			play_folder(s, dir, names[i]);
			closedir(dir);
		} else {
			play_file(s, AT_FDCWD, names[i], names[i]);
		}
	}
	say_total(s);
	if (s->ok + s->failed == 0)
		s->code = EX_NOINPUT;
	return s->code;
}
