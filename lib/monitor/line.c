/* Runs the command of a line of users.txt.  See line.h. */
#include "monitor/line.h"

#include <errno.h>

#include "base/process.h"
#include "monitor/command.h"
#include "monitor/work.h"
#include "users/entry.h"

/* Reads the line of users.txt at the offset of the request.  False: no line
 * starts there, or it is not the command of that recipient: the file was
 * changed. */
static bool
find_line(const struct monitor *m, struct action *ret)
{
	const struct request *q = &m->request;
	struct userfile now = *m->users;
	struct userfile_cursor c = { 0 };
	struct userfile_line line;
	enum key_kind kind;

	userfile_forget(&now);
	if (q->line > 0) /* the line before must end there */
		c = (struct userfile_cursor){ .offset = q->line - 1,
			.within_line = true };
	return userfile_next(&now, &c, &line) > 0 && line.offset == q->line &&
	    span_same(line.address, span_of(q->recipient)) &&
	    !entry_parse(&line, &kind, ret) && ret->kind == ACTION_COMMAND &&
	    (kind != KEY_EVERYBODY || m->options->auth_required);
}

static void
run(struct work *w, struct answer *ret)
{
	const struct action *action = w->of;
	struct command c = command_for(w->m, w->deadline);

	c.line = action->text;
	c.has_envelope = action->for_all;
	command_run(&c, ret);
}

void
line_run(struct monitor *m, struct answer *ret)
{
	struct action action;
	struct work work = { .m = m,
		.run = run,
		.of = &action,
		.deadline = state_command_deadline(m) };

	ret->error = ESTALE;
	if (!find_line(m, &action))
		return;
	ret->error = EPERM;
	if (process_lies_beneath(action.text, m->mail))
		return;
	work_run(&work, ret);
}
