/* output - what a command writes to its standard output or error
 *
 * Each line is logged with the id of the message, so that the log stays one
 * event a line, with the peer.  The last line is kept: it may be a reply. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "base/span.h"

enum {
	OUTPUT_LINE_MAX = 400,  /* octets kept of a line */
	OUTPUT_LINES_MAX = 100, /* lines logged */
};

struct output {
	int fd;         /* a pipe from the command; -1: it has ended */
	struct span id; /* of the message; may be empty */
	int file;       /* where all is written, or -1: it is logged */
	uint64_t max;   /* octets of the file */
	uint64_t size;  /* of the file */
	int error;      /* EFBIG: there is more; or why it cannot be written */
	uint64_t lines;
	size_t n; /* octets of the current line; over OUTPUT_LINE_MAX: cut */
	char line[OUTPUT_LINE_MAX];
	size_t last_n; /* the same for the last line that was not empty */
	char last[OUTPUT_LINE_MAX];
};

/* Starts reading FD, which *O then owns, for the message ID. */
void output_begin(struct output *o, int fd, struct span id);

/* Writes all to FILE instead of logging it, at most MAX octets, unless FILE is
 * -1. */
void output_keep(struct output *o, int file, uint64_t max);

/* Reads once, after FD became readable, and logs the lines that are complete.
 * At the end of the output it logs the last line and closes FD. */
void output_take(struct output *o);

/* Reads what is there, and closes FD. */
void output_end(struct output *o);

/* Returns the last line, or nothing if there is none, it was cut, or it has
 * control octets. */
struct span output_last(const struct output *o);

#endif
