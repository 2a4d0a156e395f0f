/* log - the operator's log: one event per line, `key=value`
 *
 * The log goes to stderr, with a `<N>` priority prefix if systemd's journal
 * reads it.  If stderr is the connection itself, as under inetd, the log goes
 * to syslog(3) instead, so that no line reaches the client. */
#ifndef LOG_H
#define LOG_H

#include "base/span.h"

/* The priorities of syslog(3), by number.  LOG_DETAIL is its debug level; it is
 * written only to sinks where the operator can filter by priority. */
enum log_level {
	LOG_FAILURE = 3,  /* no mail is accepted until this is fixed */
	LOG_DEFERRED = 4, /* some mail is deferred until this is fixed */
	LOG_REFUSED = 5,
	LOG_DONE = 6,
	LOG_DETAIL = 7,
};

/* Selects the sink of the log; call it before the sandbox.  BY_SYSLOG: always
 * syslog(3), never standard error. */
void log_open(bool by_syslog);

/* True if log lines are entries with fields of the journal: libsystemd opens a
 * socket for them. */
bool log_opens_socket(void);

/* Returns the descriptor through which other programs may write to the log, or
 * -1 if the log goes to syslog(3). */
int log_descriptor(void);

/* Adds `peer=PEER` to every later line.  PEER is not copied and must stay
 * valid. */
void log_peer(const char *peer);

/* Writes one line: log_begin(), any number of pairs, log_end().  A value is
 * quoted where necessary; control octets and those over 126 are written as
 * `\xNN`; a value over 256 octets, or over 640 as written, is truncated and
 * ends in `...`. */
void log_begin(enum log_level level, const char *event);
void log_text(const char *key, struct span value);
void log_number(const char *key, uint64_t value);
void log_end(void);

/* Returns the number of lines that could not be written in this session. */
uint64_t log_lost(void);

/* Writes one whole line at LOG_FAILURE: the VALUE of KEY cannot be used.  WHAT
 * and the errno ERROR (or 0) give the reason. */
void log_failure(const char *key, const char *value, const char *what,
    int error);

/* Reports WORDS before the session starts: to standard error, or to syslog(3)
 * if standard error is a socket, because its peer may be a client. */
void log_complaint(const char *words);

/* Adds the pair `reason="..."`: WHAT failed, then the message of the errno
 * ERROR unless that is 0. */
void log_reason(const char *what, int error);

#endif
