/*
 * Names of hosts, as text: which ones can exist, and which are localhost.
 *
 * RFC 1035 section 2.3.4 sets the lengths; underscores are let through, for
 * there are such names. A name whose last part is a number is none, be it
 * "127.1" or "0x7f.1": somebody would read it as an address.
 */
#ifndef NB_UTIL_NAME_H
#define NB_UTIL_NAME_H

#include <stdbool.h>

/* Room for a name, the dot that may end it, and NUL. */
enum { NB_NAME_TEXT = 253 + sizeof "." };

/* True for what a name server could be asked for. */
bool nb_name_can_exist(const char *name);

/* For a name that can exist: localhost, or what is below it (RFC 6761). */
bool nb_name_is_localhost(const char *name);

#endif
