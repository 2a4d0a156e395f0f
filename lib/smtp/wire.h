/* wire - buffered input and output of the connection: descriptors 0 and 1
 *
 * Lines and blocks are read through one buffer.  Replies are collected in
 * another and sent with one write() before the next wait for input (RFC 2920
 * 3.2): a pipelining client gets one packet, and a client that waits for a
 * reply never stalls.  This part does not interpret the data. */
#ifndef WIRE_H
#define WIRE_H

#include "base/span.h"

enum {
	WIRE_LINE_MAX =
	    2048, /* with its end; RFC 5321 4.5.3.1.4: at least 512 */
	WIRE_AUTH_MAX =
	    12288,          /* the same for the lines of AUTH, RFC 4954 4.3 */
	WIRE_HEAD_MAX = 64, /* octets kept of a line that is too long */
	WIRE_INPUT_MAX = 65536,
	WIRE_OUTPUT_MAX = 16384,
};

enum wire_result {
	WIRE_OK,
	WIRE_BARE_LF,    /* a line that ended in a bare LF; it was consumed */
	WIRE_TOO_LONG,   /* a line over `line_max`; it was consumed */
	WIRE_EOF,        /* end of input; an incomplete line is ignored */
	WIRE_TIMEOUT,    /* the idle limit or the deadline */
	WIRE_TERMINATED, /* SIGTERM */
	WIRE_BROKEN,     /* reading or writing failed, see `error` */
};

struct wire {
	int in, out;
	bool lf;         /* accept LF as a line end, too */
	size_t line_max; /* octets of a line, set by wire_open() */
	/* The caller sets these two: the idle timeout for reading and writing
	 * in ms, and the deadline, as in os_monotonic_ms(). */
	int64_t idle, deadline;
	int error;                      /* errno of WIRE_BROKEN */
	size_t start, end;              /* the unread octets of input */
	size_t queued;                  /* the unsent octets of output */
	uint64_t got;                   /* octets read in all */
	uint64_t put, sent;             /* octets queued and sent in all */
	enum wire_result output_failed; /* WIRE_OK, or why writing failed */
	char head[WIRE_HEAD_MAX];
	char output[WIRE_OUTPUT_MAX];
	char input[WIRE_INPUT_MAX];
};

/* Initialises *W, which must be all zero, with the descriptors IN and OUT and
 * with LF as above; a terminal always sets it.  `line_max` is WIRE_LINE_MAX;
 * the caller may set it up to WIRE_AUTH_MAX. */
void wire_open(struct wire *w, int in, int out, bool lf);

/* True if FD is a socket.  There LF must not end a line if the mail goes on to
 * another server: the two could find different messages in one stream. */
bool wire_is_socket(int fd);

/* Reads the next line, without its LF or CRLF, into *RET_LINE; with
 * WIRE_TOO_LONG, only the first WIRE_HEAD_MAX octets.  *RET_LINE is valid until
 * the next call that reads. */
enum wire_result wire_line(struct wire *w, struct span *ret_line);

/* Waits for input and returns in *RET_OCTETS what has arrived, at least one
 * octet; valid until the next call that reads.  The octets stay in the buffer
 * until wire_consume() removes the first N. */
enum wire_result wire_peek(struct wire *w, struct span *ret_octets);
void wire_consume(struct wire *w, size_t n);

/* Like wire_peek(), with at least N octets (N at most WIRE_INPUT_MAX); with at
 * most N octets. */
enum wire_result wire_peek_at_least(struct wire *w, size_t n,
    struct span *ret_octets);
enum wire_result wire_peek_at_most(struct wire *w, uint64_t n,
    struct span *ret_octets);

/* True if input is in the buffer or can be read without waiting. */
bool wire_has_input(struct wire *w);

/* Queues octets for sending.  The next call that returns a wire_result reports
 * a failure. */
void wire_put(struct wire *w, struct span octets);

/* Sends the queued octets. */
enum wire_result wire_flush(struct wire *w);

/* Sends the queued octets and waits SECONDS.  WIRE_OK: the time has passed
 * before the deadline. */
enum wire_result wire_pause(struct wire *w, unsigned seconds);

/* Overwrites the octets of the input that were consumed: a password. */
void wire_wipe(struct wire *w);

/* The last flush: sends as much as the connection accepts without waiting. */
void wire_close(struct wire *w);

#endif
