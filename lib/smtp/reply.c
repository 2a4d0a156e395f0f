/* Replies to the client.  See reply.h. */
#include "smtp/reply.h"

#include "base/text.h"

/* In WORDS, `%h` is the name of this host, `%c` the challenge of AUTH, `%p` a
 * space and the path, or nothing if the path may not be repeated, and `%i` a
 * space and the id of the message where there are enhanced codes: after HELO
 * the founding words stay alone. */
static const struct row {
	unsigned code;
	const char *enhanced; /* or NULL */
	const char *words;
} replies[REPLY_COUNT] = {
	/* clang-format off */
[REPLY_GREETING]          = { 220, NULL,    "%h ESMTP" },
[REPLY_GREETING_LMTP]     = { 220, NULL,    "%h LMTP" },
[REPLY_HELO]              = { 250, NULL,    "%h" },
[REPLY_QUIT]              = { 221, "2.0.0", "%h" },
[REPLY_GO_TLS]            = { 220, "2.0.0", "Ready to start TLS" },
[REPLY_OK]                = { 250, "2.0.0", "OK" },
[REPLY_SENDER_OK]         = { 250, "2.1.0", "Sender%p OK" },
[REPLY_RCPT_OK]           = { 250, "2.1.5", "Recipient%p OK" },
[REPLY_GO_AHEAD]          = { 354, NULL,
	"Go Ahead, Enter data ending with <CRLF>.<CRLF>" },
[REPLY_STORED]            = { 250, "2.0.0", "OK; Message Accepted%i" },
[REPLY_WILL_TRY]          = { 252, "2.5.0",
	"Cannot verify, but will take mail for those listed here" },
[REPLY_AUTHENTICATED]     = { 235, "2.7.0", "Authentication succeeded" },
[REPLY_CHALLENGE]         = { 334, NULL,    "%c" },

[REPLY_NO_SERVICE]        = { 421, "4.3.5", "%h Service not available" },
[REPLY_NON_SMTP]          = { 421, "4.7.0", "%h This is an SMTP server" },
[REPLY_TIMEOUT]           = { 421, "4.4.2", "%h Timeout, closing connection" },
[REPLY_TERMINATED]        = { 421, "4.3.2", "%h Shutting down" },
[REPLY_TOO_MANY_ERRORS]   = { 421, "4.7.0", "%h Too many errors" },
[REPLY_TOO_MANY_COMMANDS] = { 421, "4.7.0",
	"%h Too many commands without mail" },
[REPLY_LAB_REFUSED]       = { 421, NULL,    "Service Unavailable" },

[REPLY_UNKNOWN]           = { 500, "5.5.1", "Unknown command" },
[REPLY_USE_EHLO]          = { 500, "5.5.1", "This is SMTP, use EHLO" },
[REPLY_USE_LHLO]          = { 500, "5.5.1", "This is LMTP, use LHLO" },
[REPLY_NOT_HERE]          = { 502, "5.5.1", "Command not offered here" },
[REPLY_BAD_OCTET]         = { 500, "5.5.2",
	"Syntax error: empty command or invalid character" },
[REPLY_BARE_LF]           = { 500, "5.5.2", "Lines must end with CRLF" },
[REPLY_TOO_LONG]          = { 500, "5.5.2", "Line too long" },
[REPLY_BAD_ARGUMENT]      = { 501, "5.5.4",
	"Syntax error in argument; see HELP" },
[REPLY_BAD_SENDER]        = { 501, "5.1.7", "Bad sender address" },
[REPLY_BAD_RCPT]          = { 501, "5.1.3", "Bad recipient address" },
[REPLY_UTF8_SENDER]       = { 550, "5.6.7", "Not an ASCII sender address" },
[REPLY_UTF8_RCPT]         = { 553, "5.6.7", "Not an ASCII recipient address" },
[REPLY_BAD_PARAM]         = { 501, "5.5.4",
	"Parameter is bad, or given twice" },
[REPLY_UNKNOWN_PARAM]     = { 555, "5.5.4", "Unknown parameter" },
[REPLY_OUT_OF_ORDER]      = { 503, "5.5.1",
	"Out of order: HELO, MAIL, RCPT, DATA" },
[REPLY_OUT_OF_ORDER_LMTP] = { 503, "5.5.1",
	"Out of order: LHLO, MAIL, RCPT, DATA" },
[REPLY_AUTH_TOO_LONG]     = { 500, "5.5.6", "Authentication line too long" },
[REPLY_AUTH_CANCELLED]    = { 501, "5.7.0", "Authentication cancelled" },
[REPLY_BAD_BASE64]        = { 501, "5.5.2",
	"Not base64, or not of this mechanism" },
[REPLY_BAD_MECHANISM]     = { 504, "5.5.4", "Use AUTH PLAIN or AUTH LOGIN" },
[REPLY_AUTH_TWICE]        = { 503, "5.5.1", "Already authenticated" },
[REPLY_AUTH_FAILED]       = { 535, "5.7.8", "Authentication failed" },
[REPLY_AUTH_UNKNOWN]      = { 454, "4.7.0",
	"Cannot check the password now, try again later" },
[REPLY_AUTH_NEEDS_TLS]    = { 538, "5.7.11", "Use STARTTLS first" },
[REPLY_NEEDS_TLS]         = { 530, "5.7.0", "Use STARTTLS first" },
[REPLY_NEEDS_USER]        = { 530, "5.7.0", "Use AUTH first" },
[REPLY_TLS_IS_ON]         = { 503, "5.5.1", "TLS is on already" },
[REPLY_NO_TLS]            = { 454, "4.7.0",
	"TLS not available now, try again later" },
[REPLY_INJECTED]          = { 554, "5.5.0",
	"Data received before the TLS handshake" },
[REPLY_NO_VALID_RCPT]     = { 554, "5.5.1", "No valid recipients" },
[REPLY_NO_USER]           = { 550, "5.1.1", "No such mailbox" },
[REPLY_MAILBOX_FAILURE]   = { 451, "4.3.5",
	"Mailbox cannot be used now, try again later" },
[REPLY_TOO_MANY_RCPT]     = { 452, "4.5.3", "Too many recipients" },

[REPLY_TOO_BIG]           = { 552, "5.3.4", "Message too big" },
[REPLY_NO_ROOM]           = { 452, "4.3.1", "Insufficient storage" },
[REPLY_OVER_QUOTA]        = { 452, "4.2.2", "Over quota, try again later" },
[REPLY_STORAGE_FAILURE]   = { 451, "4.3.0",
	"Could not be stored, try again later" },
[REPLY_BARE_CR_OR_LF]     = { 554, "5.6.0",
	"Bare CR or LF in message" },
[REPLY_LOOP]              = { 554, "5.4.6",
	"Mail loop, a hundred Received lines" },
[REPLY_COMMAND_REFUSES]   = { 554, "5.3.0", "Refused by the recipient" },
[REPLY_COMMAND_FAILS]     = { 451, "4.3.0",
	"Could not be delivered, try again later" },
[REPLY_FILTER_REFUSES]    = { 554, "5.7.1", "Refused by the filter" },
	/* clang-format on */
};

bool
reply_is_refusal(enum reply_id id)
{
	return id == REPLY_LISTED || replies[id].code >= 400;
}

bool
reply_is_permanent(const struct reply *r)
{
	if (r->id == REPLY_LISTED)
		return r->detail.n > 0 && r->detail.s[0] == '5';
	return replies[r->id].code >= 500;
}

bool
reply_words_end_session(struct span words)
{
	return span_is(span_take_until(&words, ' '), "421");
}

static void
add_code(struct text *line, unsigned code, const char *enhanced)
{
	text_number(line, code, 3);
	text_char(line, ' ');
	if (enhanced) {
		text_add(line, enhanced);
		text_char(line, ' ');
	}
}

static void
add_words(struct text *line, const char *words, struct span host,
    struct span detail, bool enhanced)
{
	struct span rest = span_of(words);

	while (rest.n > 0) {
		text_span(line, span_take_until(&rest, '%'));
		if (span_take_word(&rest, "%h")) {
			text_span(line, host);
		} else if (span_take_word(&rest, "%c")) {
			text_span(line, detail);
		} else if (span_take_word(&rest, "%p") && detail.s) {
			text_add(line, " <");
			text_span(line, detail);
			text_char(line, '>');
		} else if (span_take_word(&rest, "%i") && enhanced) {
			text_char(line, ' ');
			text_span(line, detail);
		}
	}
}

/* WORDS of users.txt contain an enhanced code; omit it unless ENHANCED.  After
 * a code of 421 the text starts with the name of this host, as in the table. */
static void
add_listed(struct text *line, struct span words, struct span host,
    bool enhanced)
{
	bool names_host = reply_words_end_session(words);
	struct span own;

	text_span(line, span_take_until(&words, ' '));
	span_take(&words, ' ');
	own = span_take_until(&words, ' ');
	span_take(&words, ' ');
	text_char(line, ' ');
	if (enhanced) {
		text_span(line, own);
		text_char(line, ' ');
	}
	if (names_host) {
		text_span(line, host);
		text_char(line, ' ');
	}
	text_span(line, span_take_n(&words, line->max - line->n));
}

void
reply_write(struct text *line, const struct reply *r, struct span host,
    bool enhanced)
{
	static const struct span nothing = { NULL, 0 };
	const struct row *row = &replies[r->id];
	struct span detail = r->detail;

	if (r->id == REPLY_LISTED) {
		add_listed(line, r->detail, host, enhanced);
		return;
	}
	if (detail.n > REPLY_PATH_MAX || !span_all(detail, is_printable))
		detail = nothing;
	add_code(line, row->code, enhanced ? row->enhanced : NULL);
	add_words(line, row->words, host, detail, enhanced);
}

void
reply_write_ehlo(struct text *lines, struct span host,
    const struct reply_extensions *x)
{
	text_add(lines, "250-");
	text_span(lines, host);
	text_add(lines,
	    "\r\n250-PIPELINING" /* RFC 2920 */
	    "\r\n250-SIZE ");    /* RFC 1870 */
	text_number(lines, x->size, 0);
	text_add(lines,
	    "\r\n250-8BITMIME"            /* RFC 6152 */
	    "\r\n250-ENHANCEDSTATUSCODES" /* RFC 2034 */
	    "\r\n250-SMTPUTF8"            /* RFC 6531 */
	    "\r\n250-CHUNKING"            /* RFC 3030 */
	    "\r\n250-LIMITS RCPTMAX=");   /* RFC 9422 */
	text_number(lines, x->recipients, 0);
	if (x->auth)
		text_add(lines, "\r\n250-AUTH PLAIN LOGIN"); /* RFC 4954 */
	text_add(lines,
	    x->starttls ? "\r\n250-HELP\r\n250 STARTTLS" /* RFC 3207 */
	                : "\r\n250 HELP");               /* RFC 5321 4.1.1.8 */
}

void
reply_write_help(struct text *line, struct span words, bool enhanced)
{
	add_code(line, 214, enhanced ? "2.0.0" : NULL);
	text_span(line, words);
}
