/* recorder - records a session as a transcript (see transcript.h)
 *
 * Played again against the same server, the transcript passes.  What a server
 * sends after nothing more can be sent to it is recorded as a comment, because
 * a replay would wait for it forever.  A comment also marks a line of the
 * server that did not end with CR and LF. */
#ifndef RECORDER_H
#define RECORDER_H

#include "client/linereader.h"

/* Of a line of the server, so that it fits a line of a transcript with each of
 * its octets escaped. */
enum { RECORDER_HEARD_MAX = 16000 };

struct recorder {
	int fd;
	bool failed; /* something could not be written */
};

/* A piece of a line was sent, and CRLF behind its last one. */
void recorder_sent_line(struct recorder *s, struct piece piece);

/* A line was sent of which only the octets SHOWN may be recorded: they and
 * `...` stand for it. */
void recorder_hidden_line(struct recorder *s, struct span shown);

/* Octets were sent. */
void recorder_sent(struct recorder *s, struct span octets);

/* A line of the server, of at most RECORDER_HEARD_MAX octets; at the END
 * nothing more can be sent to it. */
void recorder_heard(struct recorder *s, struct piece line, bool end);

#endif
