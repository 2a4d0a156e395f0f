/* auth - the command AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN
 *
 * The lines of the exchange are read here, within the command.  The password is
 * in memory only until the command ends; the log keeps a copy of the user
 * name. */
#ifndef AUTH_H
#define AUTH_H

#include "smtp/reply.h"

struct session;

/* Answers AUTH with the argument ARG.  The program of --auth checks user and
 * password; --catch alone takes all.  The fifth failure ends the session. */
struct reply auth_command(struct session *s, struct span arg);

#endif
