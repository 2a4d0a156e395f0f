/* smtp-stdio - receives mail by SMTP on its standard input and output
 *
 * This file is the protocol: a session, one function for each command, the
 * table of commands, the loop, and main().  Whoever listens on the network (a
 * systemd socket, inetd, tcpserver, socat, nobody) hands over the connection as
 * descriptors 0 and 1 and ends with it; there is no socket code here.
 *
 * A message is answered 250 when it is on disk in the Maildir of every
 * recipient, and not before; whatever else happens, nobody has it.
 *
 * RFC 5321, with 1870 (SIZE), 2034 (enhanced codes), 2920 (PIPELINING), 6152
 * (8BITMIME) and 9422 (LIMITS). */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check.h"
#include "envelope.h"
#include "log.h"
#include "message.h"
#include "options.h"
#include "os.h"
#include "param.h"
#include "path.h"
#include "record.h"
#include "reply.h"
#include "setup.h"
#include "spool.h"
#include "stranger.h"
#include "talk.h"
#include "text.h"
#include "users.h"
#include "verb.h"
#include "wire.h"

enum {
	ERRORS_MAX = 20, /* without a good command between, RFC 5321 7.8 */
	IDLE_MAX = 100,  /* commands without mail, and no message between */
};

/* Where a session stands, a bit each (RFC 5321 4.1.4). */
enum phase {
	CONNECTED = 1 << 0,
	GREETED = 1 << 1, /* HELO or EHLO was said, no transaction is open */
	IN_MAIL = 1 << 2, /* there is a sender, and no recipient */
	IN_RCPT = 1 << 3, /* there are both */
	ANY = CONNECTED | GREETED | IN_MAIL | IN_RCPT,
};

enum ending {
	GOING,
	QUIT,
	END_OF_INPUT,
	END_IN_MESSAGE,
	STRANGER,
	TOO_MANY_ERRORS,
	TOO_MANY_COMMANDS,
	TIMED_OUT,
	TERMINATED,
	BROKEN,
};

static const struct {
	const char *manner;
	int exit_code;
	enum reply_id last;
} endings[] = {
	[QUIT] = { "quit", EX_OK, REPLY_QUIT },
	[END_OF_INPUT] = { "eof", EX_OK, REPLY_NONE },
	[END_IN_MESSAGE] = { "eof-in-message", EX_TEMPFAIL, REPLY_NONE },
	[STRANGER] = { "stranger", EX_TEMPFAIL, REPLY_STRANGER },
	[TOO_MANY_ERRORS] = { "errors", EX_TEMPFAIL, REPLY_TOO_MANY_ERRORS },
	[TOO_MANY_COMMANDS] = { "idle", EX_TEMPFAIL, REPLY_TOO_MANY_COMMANDS },
	[TIMED_OUT] = { "timeout", EX_TEMPFAIL, REPLY_TIMEOUT },
	[TERMINATED] = { "terminated", EX_TEMPFAIL, REPLY_TERMINATED },
	[BROKEN] = { "broken", EX_IOERR, REPLY_NONE },
};

/* What the parts find, in the client's terms. */
static const enum ending of_wires[] = {
	[WIRE_EOF] = END_OF_INPUT,
	[WIRE_TIMEOUT] = TIMED_OUT,
	[WIRE_TERMINATED] = TERMINATED,
	[WIRE_BROKEN] = BROKEN,
};

static const enum reply_id of_verbs[] = {
	[VERB_FINE] = REPLY_OK,
	[VERB_BAD_OCTET] = REPLY_BAD_OCTET,
	[VERB_BAD_ARGUMENT] = REPLY_BAD_ARGUMENT,
};

static const enum reply_id of_params[] = {
	[PARAM_OK] = REPLY_OK,
	[PARAM_UNKNOWN] = REPLY_UNKNOWN_PARAM, /* 555, RFC 5321 4.1.1.11 */
	[PARAM_BAD] = REPLY_BAD_PARAM,
};

static const struct {
	enum reply_id reply;
	const char *why;
} of_faults[] = {
	[MESSAGE_BARE_CR] = { REPLY_BARE_CR_OR_LF, "bare-cr" },
	[MESSAGE_BARE_LF] = { REPLY_BARE_CR_OR_LF, "bare-lf" },
	[MESSAGE_TOO_BIG] = { REPLY_TOO_BIG, "size" },
	[MESSAGE_LOOPS] = { REPLY_LOOP, "loop" },
};

struct session {
	struct options options;
	struct voice voice;
	struct record record;
	enum phase phase;
	enum ending end;
	unsigned errors;  /* since the last good command */
	unsigned idle;    /* commands without mail since the last message */
	struct span echo; /* the path that this reply repeats, or NULL */
	uint64_t owed;    /* octets of output up to the last REPLY_STORED */
	char host[SETUP_HOST_MAX];
	struct wire wire;
	struct users users;
	struct spool spool;
	struct envelope envelope;
};

/* Refuses with ID; the operator is told WHY. */
static enum reply_id
because(struct session *s, enum reply_id id, const char *why)
{
	s->record.why = why;
	return id;
}

/* The same where the trouble is ours: ERROR is an errno, or 0. */
static enum reply_id
trouble(struct session *s, enum reply_id id, const char *why, int error)
{
	s->record.trouble = true;
	s->record.error = error;
	return because(s, id, why);
}

static void
respond(struct session *s, enum reply_id id)
{
	char line[REPLY_MAX];
	struct span reply;

	if (id == REPLY_NONE)
		return;
	reply = reply_send(&s->voice, id, s->echo, line);
	if (reply_is_refusal(id))
		record_refusal(&s->record, reply);
	if (id != REPLY_STORED)
		return;
	s->owed = s->wire.put;
	record_stored(&s->record, &s->envelope, &s->spool, reply);
}

/* The session is over, and its last word is said.  Nothing is left to say to
 * the command that led to it. */
static enum reply_id
end_session(struct session *s, enum ending end)
{
	s->end = end;
	respond(s, endings[end].last);
	return REPLY_NONE;
}

static enum reply_id
do_helo(struct session *s, struct span arg)
{
	record_set_client(&s->record, arg);
	s->voice.enhanced = false;
	s->phase = GREETED; /* any transaction is forgotten, 4.1.4 */
	return REPLY_HELO;
}

static enum reply_id
do_ehlo(struct session *s, struct span arg)
{
	record_set_client(&s->record, arg);
	s->voice.enhanced = true;
	s->phase = GREETED;
	reply_ehlo(&s->voice, s->options.size, s->options.recipients);
	return REPLY_NONE;
}

/* The path at the front of ARG, or the reply that says what is wrong with it;
 * BAD if it is no address. */
static enum reply_id
take_path(struct span *arg, struct path *ret, enum reply_id bad)
{
	span_take_while(arg, is_blank); /* no part of the syntax, but common */
	switch (path_parse(*arg, ret, arg)) {
	case PATH_OK:
		return span_all(*arg, is_printable) ? REPLY_OK
		                                    : REPLY_BAD_OCTET;
	case PATH_NO_BRACKETS:
		return REPLY_BAD_ARGUMENT;
	case PATH_BAD:
		break;
	}
	return bad;
}

/* Is there room for as much as the client announces (RFC 1870 6.1)? */
static enum reply_id
check_size(struct session *s, const struct mail_params *p)
{
	uint64_t room;

	if (s->options.size > 0 && p->size > s->options.size)
		return REPLY_TOO_BIG;
	if (p->has_size && os_free_space(s->spool.mail, &room) == 0 &&
	    p->size > room)
		return trouble(s, REPLY_NO_ROOM, "free space", ENOSPC);
	return REPLY_OK;
}

/* In the lab the sender, too, must be known. */
static enum reply_id
check_sender(struct session *s, const struct path *from)
{
	const char *maildir;

	if (!path_is_null(from) && from->domain.n == 0)
		return REPLY_BAD_SENDER; /* Postmaster is a recipient only */
	if (!from->ascii)
		return REPLY_UTF8_SENDER;
	if (s->options.lab &&
	    users_find(&s->users, from, s->voice.host, &maildir) != USERS_FOUND)
		return REPLY_NO_USER;
	return REPLY_OK;
}

static enum reply_id
do_mail(struct session *s, struct span arg)
{
	struct mail_params params = { 0 };
	struct path from;
	enum reply_id r;

	s->record.mails++;
	r = take_path(&arg, &from, REPLY_BAD_SENDER);
	if (r == REPLY_OK)
		r = check_sender(s, &from);
	if (r == REPLY_OK)
		r = of_params[s->voice.enhanced ? param_parse_mail(arg, &params)
		                                : param_parse_none(arg)];
	if (r == REPLY_OK)
		r = check_size(s, &params);
	if (r != REPLY_OK)
		return r;
	envelope_start(&s->envelope, from.text);
	s->phase = IN_MAIL;
	s->echo = from.text;
	return REPLY_SENDER_OK;
}

/* Whoever is not in users.txt is refused, whatever the domain: nothing is ever
 * handed on.  Trouble of ours keeps the mail with the sender. */
static enum reply_id
find_mailbox(struct session *s, const struct path *to, const char **ret)
{
	switch (users_find(&s->users, to, s->voice.host, ret)) {
	case USERS_FOUND:
		break;
	case USERS_NONE:
		return REPLY_NO_USER;
	case USERS_FAIL:
		return trouble(s, REPLY_MAILBOX_TROUBLE, s->users.why,
		    s->users.error);
	}
	if (maildir_ready(s->spool.mail, *ret) < 0)
		return trouble(s, REPLY_MAILBOX_TROUBLE, *ret, errno);
	return REPLY_OK;
}

static enum reply_id
take_rcpt(struct session *s, struct span arg)
{
	const char *maildir;
	struct path to;
	enum reply_id r;

	if (s->envelope.accepted >= s->options.recipients)
		return REPLY_TOO_MANY_RCPT; /* 452, RFC 5321 4.5.3.1.10 */
	r = take_path(&arg, &to, REPLY_BAD_RCPT);
	if (r == REPLY_OK && path_is_null(&to))
		r = REPLY_BAD_RCPT;
	if (r == REPLY_OK && !to.ascii)
		r = REPLY_UTF8_RCPT;
	if (r == REPLY_OK)
		r = of_params[param_parse_none(arg)];
	if (r == REPLY_OK)
		r = find_mailbox(s, &to, &maildir);
	if (r != REPLY_OK)
		return r;
	envelope_add(&s->envelope, to.text, maildir);
	s->phase = IN_RCPT;
	s->echo = to.text;
	return REPLY_RCPT_OK;
}

static enum reply_id
do_rcpt(struct session *s, struct span arg)
{
	enum reply_id r = take_rcpt(s, arg);

	s->envelope.refused += reply_is_refusal(r);
	return r;
}

static void
put_trace(struct session *s)
{
	bool single = s->envelope.accepted == 1;
	struct trace trace = {
		.sender = s->envelope.sender,
		.rcpt = single ? s->envelope.rcpt : (struct span){ NULL, 0 },
		.client = record_client(&s->record),
		.peer = span_of(s->record.peer.address),
		.host = s->voice.host,
		.protocol = s->voice.enhanced ? "ESMTP" : "SMTP",
		.id = s->spool.id,
		.time = os_clock().tv_sec,
	};
	struct text lines;
	size_t max;
	char *room = spool_room(&s->spool, &max);

	lines = text_in(room, max);
	trace_write(&lines, &trace);
	spool_put(&s->spool, lines.n);
}

static enum reply_id
storage_trouble(struct session *s, int error)
{
	if (error == ENOSPC)
		return trouble(s, REPLY_NO_ROOM, "storage", error);
	if (error == EDQUOT)
		return trouble(s, REPLY_OVER_QUOTA, "storage", error);
	return trouble(s, REPLY_STORAGE_TROUBLE, "storage", error);
}

static enum reply_id
store(struct session *s, const struct message *m)
{
	enum message_fault fault = message_fault(m);

	if (fault != MESSAGE_FINE) {
		spool_abort(&s->spool);
		return because(s, of_faults[fault].reply, of_faults[fault].why);
	}
	if (spool_commit(&s->spool, s->envelope.box, s->envelope.boxes) < 0)
		return storage_trouble(s, errno);
	s->idle = 0;
	return REPLY_STORED;
}

static enum reply_id
do_data(struct session *s, struct span arg)
{
	struct message message;
	enum wire_result r;

	(void)arg;               /* there is none */
	if (s->phase != IN_RCPT) /* the sender alone will not do, 3.3 */
		return s->envelope.refused > 0 ? REPLY_NO_VALID_RCPT
		                               : REPLY_OUT_OF_ORDER;
	if (spool_begin(&s->spool, s->envelope.box[0]) < 0)
		return storage_trouble(s, errno);
	put_trace(s);
	message_init(&message, s->options.size, s->wire.lf);
	respond(s, REPLY_GO_AHEAD);
	wire_flush(&s->wire); /* if it fails, so does the reading */

	r = message_receive(&message, &s->wire, &s->spool);
	s->phase = GREETED; /* however it ends, the transaction is over */
	if (r == WIRE_OK)
		return store(s, &message);
	spool_abort(&s->spool);
	return end_session(s, r == WIRE_EOF ? END_IN_MESSAGE : of_wires[r]);
}

static enum reply_id
do_rset(struct session *s, struct span arg)
{
	(void)arg; /* there is none */
	s->phase = s->phase == CONNECTED ? CONNECTED : GREETED;
	return REPLY_OK;
}

static enum reply_id
do_quit(struct session *s, struct span arg)
{
	(void)arg; /* there is none */
	return end_session(s, QUIT);
}

static enum reply_id
do_noop(struct session *s, struct span arg)
{
	(void)s;
	(void)arg;
	return REPLY_OK;
}

static enum reply_id
do_vrfy(struct session *s, struct span arg)
{
	(void)s;
	(void)arg;
	return REPLY_WILL_TRY;
}

static enum reply_id do_help(struct session *s, struct span arg);

/* What there is to know of a command, a bit each. */
enum trait {
	IDLE = 1 << 0,      /* it carries no mail */
	IN_LAB = 1 << 1,    /* --lab knows it, too */
	LAB_NO = 1 << 2,    /* and all its refusals are REPLY_LAB_REFUSED */
	LAB_EARLY = 1 << 3, /* and so it is when it comes too early */
};

/* When a verb is in order (RFC 5321 4.1.4), what argument it takes, and who
 * answers it (NULL: it is known, and not offered).  dispatch() holds each call
 * against its row first, so that no function meets a call out of order or
 * without its argument. */
static const struct command {
	struct verb verb;
	unsigned phases; /* any of these bits */
	unsigned traits;
	enum reply_id (*answer)(struct session *s, struct span arg);
	const char *syntax; /* for HELP */
} commands[] = {
	/* clang-format off */
	{ { "HELO", NULL, VERB_MAYBE_A_NAME }, ANY, IDLE | IN_LAB, do_helo,
		"HELO domain (RFC 5321 4.1.1.1)" },
	{ { "EHLO", NULL, VERB_NAME }, ANY, IDLE, do_ehlo,
		"EHLO domain (RFC 5321 4.1.1.1)" },
	{ { "MAIL", "FROM:", VERB_PATH }, GREETED, IN_LAB | LAB_NO, do_mail,
		"MAIL FROM:<reverse-path> [SIZE=octets] [BODY=8BITMIME]"
		" (RFC 5321 4.1.1.2)" },
	{ { "RCPT", "TO:", VERB_PATH }, IN_MAIL | IN_RCPT, IN_LAB | LAB_NO,
		do_rcpt, "RCPT TO:<forward-path> (RFC 5321 4.1.1.3)" },
	{ { "DATA", NULL, VERB_ALONE }, IN_MAIL | IN_RCPT, IN_LAB | LAB_EARLY,
		do_data, "DATA (RFC 5321 4.1.1.4)" },
	{ { "RSET", NULL, VERB_ALONE }, ANY, IDLE | IN_LAB, do_rset,
		"RSET (RFC 5321 4.1.1.5)" },
	{ { "VRFY", NULL, VERB_NEEDED }, ANY, IDLE, do_vrfy,
		"VRFY user (RFC 5321 4.1.1.6)" },
	{ { "HELP", NULL, VERB_OPTIONAL }, ANY, IDLE | IN_LAB, do_help,
		"HELP [verb] (RFC 5321 4.1.1.8)" },
	{ { "NOOP", NULL, VERB_OPTIONAL }, ANY, IDLE | IN_LAB, do_noop,
		"NOOP [anything] (RFC 5321 4.1.1.9)" },
	{ { "QUIT", NULL, VERB_ALONE }, ANY, IN_LAB, do_quit,
		"QUIT (RFC 5321 4.1.1.10)" },
	{ { "EXPN", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "TURN", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "SEND", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "SOML", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "SAML", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "ETRN", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "AUTH", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	{ { "STARTTLS", NULL, VERB_OPTIONAL }, ANY, 0, NULL, NULL },
	/* clang-format on */
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static bool
is_known(const struct session *s, const struct command *c)
{
	return !s->options.lab || (c->traits & IN_LAB);
}

/* One verb, or all of them (RFC 5321 4.1.1.8). */
static enum reply_id
do_help(struct session *s, struct span arg)
{
	char buffer[REPLY_MAX];
	struct text verbs = text_in(buffer, sizeof(buffer));
	struct span words = { NULL, 0 };
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!commands[i].syntax || !is_known(s, &commands[i]))
			continue;
		if (span_is(arg, commands[i].verb.name))
			words = span_of(commands[i].syntax);
		text_add(&verbs, verbs.n > 0 ? " " : "");
		text_add(&verbs, commands[i].verb.name);
	}
	reply_help(&s->voice, words.n > 0 ? words : text_span_of(&verbs));
	return REPLY_NONE;
}

static const struct command *
find_command(const struct session *s, struct span line, struct span *ret_arg)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (verb_matches(&commands[i].verb, line, ret_arg) &&
		    is_known(s, &commands[i]))
			return &commands[i];
	return NULL;
}

/* What speaks against LINE before its function has looked at it? */
static enum reply_id
check_call(const struct session *s, const struct command *c, struct span line,
    struct span arg)
{
	enum reply_id r = of_verbs[verb_check(c ? &c->verb : NULL, line, arg)];

	if (r != REPLY_OK)
		return r;
	if (!c)
		return REPLY_UNKNOWN;
	if (!c->answer)
		return REPLY_NOT_HERE;
	return s->phase & c->phases ? REPLY_OK : REPLY_OUT_OF_ORDER;
}

/* The lab has one word for the refusals that its exercise is about. */
static enum reply_id
in_lab_words(const struct command *c, enum reply_id r)
{
	bool early = r == REPLY_OUT_OF_ORDER || r == REPLY_NO_VALID_RCPT;

	if ((c->traits & LAB_NO) && reply_is_refusal(r))
		return REPLY_LAB_REFUSED;
	if ((c->traits & LAB_EARLY) && early)
		return REPLY_LAB_REFUSED;
	return r;
}

static enum reply_id
dispatch(struct session *s, struct span line)
{
	struct span arg = { line.s, 0 };
	const struct command *c;
	enum reply_id r;

	line = span_trim_end(line);
	c = find_command(s, line, &arg);
	r = check_call(s, c, line, arg);
	if (r == REPLY_OK)
		r = c->answer(s, arg);
	if (c && s->options.lab)
		r = in_lab_words(c, r);
	if (c && (c->traits & IDLE))
		s->idle++;
	return r;
}

/* The reply to a command, and the limits on what leads nowhere. */
static void
answer(struct session *s, enum reply_id r)
{
	respond(s, r);
	record_command_end(&s->record);
	if (!reply_is_refusal(r))
		s->errors = 0;
	else if (r != REPLY_TOO_MANY_RCPT)
		s->errors++;
	if (s->end == GOING && s->errors >= ERRORS_MAX)
		end_session(s, TOO_MANY_ERRORS);
	if (s->end == GOING && s->idle >= IDLE_MAX)
		end_session(s, TOO_MANY_COMMANDS);
}

static enum reply_id
turn_away(struct session *s, const char *stranger)
{
	because(s, REPLY_STRANGER, stranger);
	return end_session(s, STRANGER);
}

/* A line that ended as HOW says. */
static enum reply_id
take_line(struct session *s, struct span line, enum wire_result how)
{
	const char *stranger = stranger_find(line);

	record_command(&s->record, line);
	s->echo = (struct span){ NULL, 0 };
	if (stranger && s->record.commands == 1)
		return turn_away(s, stranger);
	if (how == WIRE_BARE_LF)
		return REPLY_BARE_LF;
	if (how == WIRE_TOO_LONG)
		return REPLY_TOO_LONG;
	return dispatch(s, line);
}

/* A TLS client sends no line end for us to wait for. */
static void
look_at_first_octet(struct session *s)
{
	struct span first;
	enum wire_result r = wire_block(&s->wire, &first);

	if (r != WIRE_OK)
		end_session(s, of_wires[r]);
	else if (first.s[0] == STRANGER_TLS)
		turn_away(s, "tls");
}

static void
serve(struct session *s)
{
	enum wire_result r;
	struct span line;

	s->phase = CONNECTED;
	respond(s, REPLY_GREETING);
	look_at_first_octet(s);
	while (s->end == GOING) {
		r = wire_line(&s->wire, &line);
		if (r == WIRE_OK || r == WIRE_BARE_LF || r == WIRE_TOO_LONG)
			answer(s, take_line(s, line, r));
		else
			end_session(s, of_wires[r]);
	}
}

/* The last replies go out, and the operator is told. */
static void
hang_up(struct session *s)
{
	struct record_end end = {
		.manner = endings[s->end].manner,
		.octets = s->wire.got,
		.error = s->end == BROKEN ? s->wire.error : 0,
	};

	if (s->end == QUIT)
		wire_flush(&s->wire); /* heard or not, it was said in time */
	wire_close(&s->wire);
	if (s->wire.sent < s->owed)
		end.unheard = s->spool.id;
	record_end(&s->record, &end);
}

static int
run(struct session *s)
{
	const struct options *o = &s->options;

	log_open();
	record_start(&s->record);
	s->wire.idle = (int64_t)o->timeout * 1000;
	s->wire.deadline = os_now() + (int64_t)o->deadline * 1000;
	s->voice.wire = &s->wire;
	s->spool.host = s->voice.host = setup_host(o, s->host);
	if (setup_open(o, &s->users, &s->spool.mail) < 0) {
		respond(s, REPLY_NO_SERVICE);
		wire_close(&s->wire);
		return EX_CONFIG;
	}
	serve(s);
	hang_up(s);
	return endings[s->end].exit_code;
}

int
main(int argc, char *argv[])
{
	static struct session session; /* pages not touched cost nothing */
	struct options *o = &session.options;

	switch (options_parse(argc, argv, o)) {
	case OPTIONS_SERVE:
		break;
	case OPTIONS_CHECK:
		return check(o);
	case OPTIONS_TALK:
		return talk(o->transcript, o->command);
	case OPTIONS_DONE:
		return EX_OK;
	case OPTIONS_WRONG:
		return EX_USAGE;
	}
	if (os_start(o->no_sync, o->deterministic) < 0) {
		options_complain("descriptors 0 and 1 must be open", NULL);
		return EX_IOERR;
	}
	if (wire_open(&session.wire, STDIN_FILENO, STDOUT_FILENO, o->lf) < 0) {
		options_complain("--lf is not for sockets", NULL);
		return EX_USAGE;
	}
	return run(&session);
}
