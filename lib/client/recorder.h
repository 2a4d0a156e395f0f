/* recorder - records a session as a transcript (see transcript.h)
 *
 * Played again against the same server, the transcript passes.  What a server
 * sends after nothing more can be sent to it is recorded as a comment, because
 * a replay would wait for it forever.  A comment also marks a line of the
 * server that did not end with CR and LF. */
#ifndef RECORDER_H
#define RECORDER_H

#include "client/linereader.h"

/* Maximum octets in a recorded piece of a line of the server, so that it fits a
 * line of a transcript even if all of them are escaped. */
enum { RECORDER_HEARD_MAX = 16000 };

struct recorder {
	int fd;
	bool failed; /* a write has failed */
};

/* Records a piece of a line that was sent, with CRLF after the last piece.  A
 * write error sets S->failed, here and below. */
void recorder_sent_line(struct recorder *s, struct piece piece);

/* Records a secret line that was sent as its octets SHOWN followed by `...`. */
void recorder_hidden_line(struct recorder *s, struct span shown);

/* Records octets that were sent without CRLF. */
void recorder_sent(struct recorder *s, struct span octets);

/* Records a secret line among them as its octets SHOWN, `...` and LINE_END,
 * which is CR, LF, CRLF or nothing. */
void recorder_hidden(struct recorder *s, struct span shown,
    struct span line_end);

/* Records a line of the server, or a piece of at most RECORDER_HEARD_MAX
 * octets.  END: nothing more can be sent to the server, so the line is recorded
 * as a comment. */
void recorder_heard(struct recorder *s, struct piece line, bool end);

#endif
