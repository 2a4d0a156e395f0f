/* log - what the operator reads: one event a line, `key=value`
 *
 * It goes to stderr, with a `<N>` priority in front where systemd's journal
 * reads it.  Where stderr is the connection itself, as under inetd, it goes to
 * syslog(3) instead, so that no line of it reaches the client. */
#ifndef LOG_H
#define LOG_H

#include "base/span.h"

/* The priorities of syslog(3), by their numbers.  LOG_DETAIL is its debug: it
 * is written only where the operator can filter by priority. */
enum log_level {
	LOG_FAILURE = 3, /* no mail is taken until somebody mends this */
	LOG_TROUBLE = 4, /* some mail has to wait for somebody to mend this */
	LOG_REFUSED = 5,
	LOG_DONE = 6,
	LOG_DETAIL = 7,
};

/* Finds out where the log goes; to be called before the sandbox.  BY_SYSLOG:
 * never to standard error. */
void log_open(bool by_syslog);

/* The descriptor that others may write to the log with, or -1. */
int log_descriptor(void);

/* PEER stands in every line from here on; it is not copied. */
void log_peer(const char *peer);

/* One line: log_begin(), any number of pairs, log_end().  A value is put into
 * quotes where it needs them, its control octets and those over 126 become
 * `\xNN`, and what is over 256 octets is cut and ends in `...`. */
void log_begin(enum log_level level, const char *event);
void log_text(const char *key, struct span value);
void log_number(const char *key, uint64_t value);
void log_end(void);

/* One whole line at LOG_FAILURE: the VALUE of KEY is useless, as WHAT and errno
 * ERROR (or 0) say. */
void log_failure(const char *key, const char *value, const char *what,
    int error);

/* WORDS, before there is a session: to standard error, or to syslog(3) if that
 * is a socket, whose other end may be a client. */
void log_complaint(const char *words);

/* The words for an errno, in a value of their own: `reason="..."`, with WHAT
 * failed in front. */
void log_reason(const char *what, int error);

#endif
