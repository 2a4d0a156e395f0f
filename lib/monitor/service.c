/* The requests of a session.  See service.h. */
#include "monitor/service.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "monitor/checkpassword.h"
#include "monitor/filter.h"
#include "monitor/line.h"
#include "monitor/policy.h"

/* The strings of a request. */
static const struct {
	size_t at, n;
} texts[] = {
#define TEXT(member)                                                           \
	{                                                                      \
		offsetof(struct request, member),                              \
		    sizeof(((struct request *)NULL)->member)                   \
	}
	TEXT(address),
	TEXT(id),
	TEXT(helo),
	TEXT(protocol),
	TEXT(sender),
	TEXT(recipient),
	TEXT(local),
	TEXT(extension),
	TEXT(domain),
	TEXT(user),
#undef TEXT
};

static bool
has_good_texts(const struct request *q)
{
	const char *text;
	size_t i, n;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		text = (const char *)q + texts[i].at;
		n = strnlen(text, texts[i].n);
		if (n == texts[i].n ||
		    !span_all((struct span){ text, n }, is_not_control))
			return false;
	}
	return memchr(q->password, '\0', sizeof(q->password));
}

static void
serve_peer(struct monitor *m, struct answer *ret)
{
	const struct request *q = &m->request;

	(void)ret;
	peer_set_address(&m->peer, span_of(q->address));
	m->peer.port = q->port <= UINT16_MAX ? q->port : 0;
	m->phase = MONITOR_OPEN;
}

static void
serve_clear(struct monitor *m, struct answer *ret)
{
	if (state_clear_exchange(m) < 0)
		ret->error = errno;
}

static void
serve_tls(struct monitor *m, struct answer *ret)
{
	(void)ret;
	m->phase = MONITOR_TLS;
}

static bool
has_exchange(const struct monitor *m)
{
	return m->requests.exchange >= 0;
}

/* With --auth-required nothing runs for a client that is not authenticated. */
static bool
offers_run(const struct monitor *m)
{
	return m->options->commands &&
	    (m->user[0] || !m->options->auth_required);
}

static bool
offers_filter(const struct monitor *m)
{
	return m->options->filter;
}

static bool
offers_auth(const struct monitor *m)
{
	return m->options->auth && !m->user[0] &&
	    m->auth_failures < REQUEST_AUTH_MAX;
}

static bool
offers_policy(const struct monitor *m)
{
	return m->options->policies_n > 0;
}

static bool
offers_tls(const struct monitor *m)
{
	return m->options->tls && !m->peer.secure;
}

static const struct row {
	const char *name;
	unsigned phases;                             /* in which it may come */
	bool (*is_offered)(const struct monitor *m); /* NULL: always */
	void (*serve)(struct monitor *m, struct answer *ret);
} rows[] = {
	/* clang-format off */
	[REQUEST_PEER] = { "PEER", MONITOR_PROXY, NULL, serve_peer },
	[REQUEST_RUN] = { "RUN", MONITOR_OPEN, offers_run, line_run },
	[REQUEST_CLEAR] = { "CLEAR", MONITOR_OPEN, has_exchange, serve_clear },
	[REQUEST_TLS] = { "TLS", MONITOR_OPEN, offers_tls, serve_tls },
	[REQUEST_FILTER] = { "FILTER", MONITOR_OPEN, offers_filter,
		filter_run },
	[REQUEST_AUTH] = { "AUTH", MONITOR_OPEN, offers_auth,
		checkpassword_run },
	[REQUEST_POLICY] = { "POLICY", MONITOR_OPEN, offers_policy,
		policy_start },
	/* clang-format on */
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

const char *
service_name(const struct request *q)
{
	return q->kind < ROWS ? rows[q->kind].name : NULL;
}

const char *
service_run(struct monitor *m, struct answer *ret)
{
	const struct request *q = &m->request;
	const struct row *row = &rows[q->kind < ROWS ? q->kind : 0];

	if (!row->serve)
		return "an unknown request";
	if (!(row->phases & (unsigned)m->phase) ||
	    (row->is_offered && !row->is_offered(m)))
		return "a request out of turn";
	if (!has_good_texts(q))
		return "an invalid request";
	*ret = (struct answer){ 0 };
	row->serve(m, ret);
	return NULL;
}
