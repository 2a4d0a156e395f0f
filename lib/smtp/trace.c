/* Trace header fields.  See trace.h. */
#include "smtp/trace.h"

#include <string.h>

#include "base/text.h"

static bool
may_stand(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || (c > 0 && strchr(".-_:[]", c));
}

static void
add_client(struct text *out, struct span name)
{
	name = span_take_n(&name, TRACE_NAME_MAX);
	if (name.n == 0)
		text_add(out, "unknown");
	for (; name.n > 0; span_take_n(&name, 1))
		text_char(out,
		    may_stand((unsigned char)name.s[0]) ? name.s[0] : '?');
}

/* Adds the tag `IPv6:` of RFC 5321 4.1.3, which listeners do not supply. */
static void
add_peer(struct text *out, struct span name, struct span peer)
{
	text_add(out, " (");
	text_span(out, name);
	text_add(out, name.n > 0 ? " [" : "[");
	if (memchr(peer.s, ':', peer.n))
		text_add(out, "IPv6:");
	text_span(out, peer);
	text_add(out, "])");
}

/* Converts DAYS since 1970 to a date.  The calculation counts from 1 March of
 * year 0, so that a leap day is the last day of its year and the lengths of the
 * months repeat: five months have 153 days. */
static void
add_date(struct text *out, int64_t days)
{
	static const char week[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
	int64_t shifted = days + 719468, era = shifted / 146097;
	int64_t in_era = shifted % 146097;
	int64_t year =
	    (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;
	int64_t day = in_year - (153 * month + 2) / 5 + 1;

	year += 400 * era + (month >= 10);
	text_span(out, (struct span){ week + days % 7 * 3, 3 });
	text_add(out, ", ");
	text_number(out, (uint64_t)day, 0);
	text_char(out, ' ');
	text_span(out, (struct span){ months + month * 3, 3 });
	text_char(out, ' ');
	text_number(out, (uint64_t)year, 4);
}

/* Adds the date and time of RFC 5322 3.3, in UTC, so no time zone is needed. */
static void
add_time(struct text *out, int64_t seconds)
{
	uint64_t of_day = (uint64_t)(seconds % 86400);

	add_date(out, seconds / 86400);
	text_char(out, ' ');
	text_number(out, of_day / 3600, 2);
	text_char(out, ':');
	text_number(out, of_day / 60 % 60, 2);
	text_char(out, ':');
	text_number(out, of_day % 60, 2);
	text_add(out, " +0000\n");
}

const char *
trace_protocol(unsigned bits)
{
	static const char *const names[] = {
		"ESMTP",
		"ESMTPA",
		"ESMTPS",
		"ESMTPSA",
		"UTF8SMTP",
		"UTF8SMTPA",
		"UTF8SMTPS",
		"UTF8SMTPSA",
		"LMTP",
		"LMTPA",
		"LMTPS",
		"LMTPSA",
		"UTF8LMTP",
		"UTF8LMTPA",
		"UTF8LMTPS",
		"UTF8LMTPSA",
	};

	return names[bits];
}

static void
add_delivered_to(struct text *out, struct span rcpt)
{
	text_add(out, "Delivered-To: ");
	text_span(out, rcpt);
	text_char(out, '\n');
}

void
trace_write(struct text *out, const struct trace *t)
{
	size_t i;

	text_add(out, "Return-Path: <");
	text_span(out, t->sender);
	text_add(out, ">\n");
	if (t->rcpt.s)
		add_delivered_to(out, t->rcpt);
	for (i = 0; i < t->same_n; i++)
		add_delivered_to(out, t->same[i]);
	text_add(out, "Received: from ");
	add_client(out, t->client);
	add_peer(out, t->name, t->peer);
	if (t->tls.n > 0) {
		text_add(out, "\n\t(");
		text_span(out, t->tls);
		text_char(out, ')');
	}
	text_add(out, "\n\tby ");
	text_span(out, t->host);
	text_add(out, " with ");
	text_add(out, t->protocol);
	text_add(out, " id ");
	text_add(out, t->id);
	if (t->rcpt.s) {
		text_add(out, "\n\tfor <");
		text_span(out, t->rcpt);
		text_char(out, '>');
	}
	text_add(out, "; ");
	add_time(out, t->time);
}

void
trace_hops_init(struct trace_hops *h)
{
	*h = (struct trace_hops){ .empty = true };
}

static void
count_octet(struct trace_hops *h, unsigned char c)
{
	static const char word[] = "received:";

	if (c == '\n') {
		h->in_body = h->empty;
		h->empty = true;
		h->no_match = false;
		h->column = 0;
		return;
	}
	h->empty = false;
	if (h->no_match)
		return;
	h->no_match = to_lower(c) != word[h->column++];
	if (h->column == sizeof(word) - 1) {
		h->count += !h->no_match;
		h->no_match = true;
	}
}

/* Skips the rest of a line as soon as it cannot be a Received line. */
void
trace_hops_count(struct trace_hops *h, struct span octets)
{
	while (octets.n > 0 && !h->in_body) {
		if (h->no_match)
			span_take_until(&octets, '\n');
		if (octets.n > 0)
			count_octet(h, (unsigned char)*octets.s);
		span_take_n(&octets, 1);
	}
}
