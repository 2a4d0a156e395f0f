/* The beginning of a session.  See begin.h. */
#include "session/begin.h"

#include <errno.h>
#include <sysexits.h>

#include "base/log.h"
#include "monitor/tls.h"
#include "smtp/proxy.h"

static int
refuse_service(struct session *s)
{
	session_reply(s, reply(REPLY_NO_SERVICE));
	wire_close(&s->wire);
	return -1;
}

int
begin_open(struct session *s)
{
	const struct options *o = &s->options;

	log_open(o->tls_on && tls_log_is_lost());
	sessionlog_start(&s->log);
	if (o->tls_on) {
		s->resumed = tls_resume(&s->log.peer, &s->log.start);
		peer_tls_from_environment(&s->log.peer);
	}
	s->wire.idle = (int64_t)o->timeout * 1000;
	s->wire.deadline = s->log.start + (int64_t)o->deadline * 1000;
	s->site.host = startup_host(o, s->host_buffer);
	s->recipients.site = &s->site;
	s->recipients.max = o->recipients;
	s->recipients.may_command = o->commands;
	s->recipients.auth_required = o->auth_required;
	if (startup_open(o, &s->recipients.users, &s->site.mail) < 0)
		return refuse_service(s);
	if (!monitor_is_needed(o))
		return 0;
	s->monitor.options = o;
	s->monitor.users = &s->recipients.users.list;
	s->monitor.mail = s->site.mail;
	s->monitor.start = s->log.start;
	s->monitor.peer = s->log.peer;
	if (monitor_open(&s->monitor) == 0)
		return 0;
	log_failure("mail", o->mail, "no exchange", errno);
	return refuse_service(s);
}

/* Starts the session in a process of its own if it needs a monitor. */
int
begin_run(struct session *s, int (*serve)(void *of))
{
	int code;

	if (!monitor_is_needed(&s->options))
		return serve(s);
	code = monitor_run(&s->monitor, serve, s);
	if (code >= 0)
		return code;
	log_failure("session", "monitor", "cannot be started", errno);
	refuse_service(s);
	return EX_TEMPFAIL;
}

void
begin_confine(const struct session *s)
{
	startup_confine(&s->options, s->site.mail);
}

/* Tells the monitor, if there is one, who the client is. */
static void
tell_peer(struct session *s)
{
	struct request q = { .kind = REQUEST_PEER, .port = s->log.peer.port };

	if (!monitor_is_needed(&s->options))
		return;
	request_text(q.address, sizeof(q.address),
	    span_of(s->log.peer.address));
	(void)request_send(&s->monitor.requests, &q, NULL);
}

/* A proxy that connects and sends nothing is doing a health check. */
void
begin_read_proxy(struct session *s)
{
	struct reply refusal;
	enum wire_result r;
	bool good;

	if (!s->options.proxy)
		return;
	r = proxy_receive(&s->wire, &s->log.peer, &good);
	if (r == WIRE_OK && good) {
		tell_peer(s);
		return;
	}
	if (r == WIRE_BROKEN || r == WIRE_TERMINATED ||
	    (r == WIRE_EOF && s->wire.got == 0)) {
		session_end_of_wire(s, r);
		return;
	}
	refusal = reply_because(REPLY_NONE, "missing or invalid PROXY header");
	sessionlog_refusal(&s->log, &refusal, (struct span){ NULL, 0 });
	session_end(s, END_BAD_PROXY);
}
