/* Runs a program that receives a message.  See command.h. */
#include "store/command.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "base/process.h"
#include "base/text.h"
#include "store/envelope.h"

enum {
	QMAIL_PERMANENT = 100, /* exit code of qmail's programs */
	MESSAGE_N = 7,         /* variables on message and recipient */
};

static_assert(MESSAGE_N + COMMAND_CLIENT_N <= PROCESS_VARIABLES_MAX,
    "process_exec() takes all variables");

struct call {
	const struct envelope_command *command;
	const struct command_input *input;
};

/* Executes the command of the struct call OF in the child. */
static int
exec_command(void *of)
{
	const struct call *call = of;
	const struct envelope_command *c = call->command;
	const struct command_input *in = call->input;
	char size[TEXT_NUMBER_MAX];
	struct process_variable ours[MESSAGE_N + COMMAND_CLIENT_N] = {
		{ "SENDER", in->sender },
		{ "RECIPIENT", span_of(c->recipient) },
		{ "LOCAL", span_of(c->local) },
		{ "EXTENSION", span_of(c->extension) },
		{ "DOMAIN", span_of(c->domain) },
		{ "SMTP_ID", in->id },
		{ "SMTP_SIZE", text_of_number(size, in->size) },
	};
	char line[USERFILE_LINE_MAX + 1];
	char *argv[PROCESS_WORDS_MAX];
	size_t n = MESSAGE_N;

	if (in->client) {
		memcpy(ours + n, in->client, COMMAND_CLIENT_N * sizeof(*ours));
		n += COMMAND_CLIENT_N;
	}
	strcpy(line, c->line); /* fits: it is part of a line of users.txt */
	if (process_split(line, argv, PROCESS_WORDS_MAX) > 0)
		process_exec(argv, ours, n);
	return EX_TEMPFAIL; /* the program may be installed later */
}

static enum command_result
judge(int status)
{
	switch (status) {
	case 0:
		return COMMAND_DONE;
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_UNAVAILABLE:
	case EX_PROTOCOL:
	case EX_NOPERM:
	case QMAIL_PERMANENT:
		return COMMAND_REFUSES;
	default:
		return COMMAND_FAILS;
	}
}

enum command_result
command_run(const struct envelope_command *command,
    const struct command_input *input, int64_t deadline, int *ret_status)
{
	struct call call = { command, input };
	struct process process = {
		.fd = { input->message, input->log, input->log, -1 },
		.own_group = true,
		.run = exec_command,
		.of = &call,
	};
	pid_t pid = process_start(&process);

	*ret_status = -1;
	if (pid < 0)
		return COMMAND_FAILS;
	if (!process_wait(pid, deadline, ret_status)) {
		process_kill(pid, true);
		*ret_status = 128 + SIGKILL;
	}
	return judge(*ret_status);
}
