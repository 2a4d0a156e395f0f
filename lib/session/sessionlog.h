/* sessionlog - what the operator is told of a session
 *
 * A line for each message, each refusal with its exact reply and its reason,
 * and one at the end. */
#ifndef SESSIONLOG_H
#define SESSIONLOG_H

#include "smtp/peer.h"

struct envelope;
struct reply;
struct spool;

enum {
	SESSIONLOG_CLIENT_MAX = 255, /* octets kept of the client's name */
	SESSIONLOG_SAID_MAX = 300,   /* octets kept of a command */
	SESSIONLOG_LINES_MAX = 100, /* refusals of a session that have a line */
};

struct sessionlog {
	struct peer peer;
	int64_t start; /* as of os_monotonic_ms() */
	uint64_t commands, mails, stored, refused;

	/* Of the command at hand: */
	const char *to;  /* the recipient that it is about, or NULL */
	bool after_auth; /* unknown lines may be a user or a password */
	size_t said_n;
	char said[SESSIONLOG_SAID_MAX];

	size_t client_n;
	char client[SESSIONLOG_CLIENT_MAX];
};

/* The session starts, with the peer that the environment names. */
void sessionlog_start(struct sessionlog *r);

/* The client's name, as it gave it; good until the next one. */
void sessionlog_set_client(struct sessionlog *r, struct span name);
struct span sessionlog_client(const struct sessionlog *r);

/* A command has come, KNOWN by its verb or not; and it was answered.  Of AUTH
 * only the mechanism is kept, and nothing of unknown lines after it: they may
 * be its continuation (RFC 4954 4). */
void sessionlog_command(struct sessionlog *r, struct span line, bool known);
void sessionlog_command_end(struct sessionlog *r);

/* REPLY, sent as LINE, is a refusal; a message was stored.  After
 * SESSIONLOG_LINES_MAX refusals they are only counted, so that a client cannot
 * flood the log. */
void sessionlog_refusal(struct sessionlog *r, const struct reply *reply,
    struct span line);
void sessionlog_stored(struct sessionlog *r, const struct envelope *e,
    const struct spool *s, struct span reply);

/* One recipient, TO, has a reply of its own, as in LMTP. */
void sessionlog_one(struct sessionlog *r, const char *to);

/* The session ends in this manner: OCTETS were read; ERROR is the errno of a
 * broken connection, or 0; UNHEARD is the id of a stored message whose reply
 * did not reach the client, or NULL. */
struct sessionlog_end {
	const char *manner;
	uint64_t octets;
	int error;
	const char *unheard;
};
void sessionlog_end(struct sessionlog *r, const struct sessionlog_end *end);

#endif
