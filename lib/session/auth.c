/* The command AUTH.  See auth.h. */
#include "session/auth.h"

#include <errno.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "session/session.h"
#include "smtp/base64.h"

/* The answers of LOGIN, or the one of PLAIN, decoded: three octets for four. */
enum {
	ANSWERS_MAX = 2 * (WIRE_AUTH_MAX / 4 * 3),
	AUTH_NO = 1,          /* exit codes: the password is wrong, */
	AUTH_NO_OF_CVM = 100, /* as cvm-checkpassword says it */
};

/* Asks with CHALLENGE, in base64, and appends the decoded answer to ANSWERS.
 * Returns REPLY_OK, or the reply to the command. */
static struct reply
ask(struct session *s, const char *challenge, struct text *answers)
{
	enum wire_result r;
	struct span line;

	session_reply(s, reply_about(REPLY_CHALLENGE, span_of(challenge)));
	r = wire_line(&s->wire, &line);
	if (r == WIRE_TOO_LONG)
		return reply(REPLY_AUTH_TOO_LONG);
	if (r == WIRE_BARE_LF)
		return reply(REPLY_BARE_LF);
	if (r != WIRE_OK)
		return session_end_of_wire(s, r);
	if (span_is(line, "*"))
		return reply(REPLY_AUTH_CANCELLED);
	return reply(
	    base64_decode(line, answers) ? REPLY_OK : REPLY_BAD_BASE64);
}

/* Takes the initial response: `=` is an empty one (RFC 4954 4). */
static struct reply
take_initial(struct span response, struct text *answers)
{
	bool good = span_is(response, "=") || base64_decode(response, answers);

	return reply(good ? REPLY_OK : REPLY_BAD_BASE64);
}

/* Asks the program of --auth, through the monitor. */
static struct reply
ask_program(struct session *s, struct span user, struct span password)
{
	struct request q = { .kind = REQUEST_AUTH, .ms = REQUEST_AUTH_TIME };
	struct answer a = { 0 };
	struct reply r;
	int failed;

	if (user.n == 0 || password.n == 0 || user.n > REQUEST_USER_MAX ||
	    !span_all(user, is_not_control) ||
	    password.n > REQUEST_PASSWORD_MAX ||
	    memchr(password.s, '\0', password.n))
		return reply(REPLY_AUTH_FAILED);
	request_text(q.user, sizeof(q.user), user);
	request_text(q.password, sizeof(q.password), password);
	failed = request_send(&s->monitor.requests, &q, &a);
	os_wipe(q.password, sizeof(q.password));
	if (!failed && a.error == 0 && a.status == 0)
		return reply(REPLY_AUTHENTICATED);
	if (!failed && a.error == 0 &&
	    (a.status == AUTH_NO || a.status == AUTH_NO_OF_CVM))
		return reply(REPLY_AUTH_FAILED);
	r = reply_fault(REPLY_AUTH_UNKNOWN, s->options.auth,
	    failed ? errno : (int)a.error);
	r.status = (int)a.status;
	return r;
}

/* Counts the failure R, which may be the last. */
static struct reply
fail(struct session *s, struct reply r)
{
	if (++s->auth_failures < REQUEST_AUTH_MAX)
		return r;
	session_reply(s, r);
	return session_end(s, END_TOO_MANY_ERRORS);
}

/* Checks USER and PASSWORD.  --catch alone takes all. */
static struct reply
check(struct session *s, struct span user, struct span password)
{
	struct reply r = s->options.auth ? ask_program(s, user, password)
	                                 : reply(REPLY_AUTHENTICATED);

	if (r.id != REPLY_AUTHENTICATED)
		return fail(s, r);
	sessionlog_set_user(&s->log, user);
	return r;
}

/* [authzid] NUL authcid NUL passwd (RFC 4616 2); a user may only be
 * himself.  RFC 4616 wants a password, too, but a test may lack one. */
static struct reply
do_plain(struct session *s, struct span response, struct text *answers)
{
	struct reply r = response.n > 0 ? take_initial(response, answers)
	                                : ask(s, "", answers);
	struct span rest, user, as;

	if (r.id != REPLY_OK)
		return r;
	rest = text_span_of(answers);
	as = span_take_until(&rest, '\0');
	if (!span_take(&rest, '\0'))
		return reply(REPLY_BAD_BASE64);
	user = span_take_until(&rest, '\0');
	if (user.n == 0 || !span_take(&rest, '\0') ||
	    memchr(rest.s, '\0', rest.n))
		return reply(REPLY_BAD_BASE64);
	if (s->options.auth && as.n > 0 &&
	    (as.n != user.n || memcmp(as.s, user.s, as.n) != 0))
		return fail(s, reply(REPLY_AUTH_FAILED));
	return check(s, user, rest);
}

/* Asks `Username:` and `Password:`. */
static struct reply
do_login(struct session *s, struct span response, struct text *answers)
{
	struct reply r = response.n > 0 ? take_initial(response, answers)
	                                : ask(s, "VXNlcm5hbWU6", answers);
	struct span user = text_span_of(answers), password;

	if (r.id == REPLY_OK)
		r = ask(s, "UGFzc3dvcmQ6", answers);
	if (r.id != REPLY_OK)
		return r;
	password = text_span_of(answers);
	span_take_n(&password, user.n);
	return check(s, user, password);
}

struct reply
auth_command(struct session *s, struct span arg)
{
	char buffer[ANSWERS_MAX];
	struct text answers = text_in(buffer, sizeof(buffer));
	struct span mechanism = span_take_while(&arg, is_not_blank);
	struct reply r = reply(REPLY_BAD_MECHANISM);

	if (mechanism.n == 0)
		return reply(REPLY_BAD_ARGUMENT);
	if (s->authenticated)
		return reply(REPLY_AUTH_TWICE);
	if (!s->enhanced)
		return reply(REPLY_OUT_OF_ORDER); /* EHLO lists AUTH */
	span_take_while(&arg, is_blank);
	if (span_is(mechanism, "PLAIN"))
		r = do_plain(s, arg, &answers);
	else if (span_is(mechanism, "LOGIN"))
		r = do_login(s, arg, &answers);
	s->authenticated = r.id == REPLY_AUTHENTICATED;
	os_wipe(buffer, sizeof(buffer));
	return r;
}
