/*
 * How a library function fails, in words: nil, message, code.
 *
 * Messages are LuaSocket's where it has one, else the C library's; codes are
 * symbolic names. The thread remembers its last failed call, so that an
 * uncaught error can say more than its message.
 */
#ifndef NB_BIND_FAIL_H
#define NB_BIND_FAIL_H

#include <lua.h>

#include "util/addr.h"

struct nb_lthread;

/* A thread's last failed call. */
struct nb_failure {
    int err;
    const char *call;        /* "connect"; a string constant */
    char addr[NB_ADDR_TEXT]; /* "127.0.0.1:80", or "" */
};

/*
 * The last one of all threads. Most threads end soon after theirs, as with the
 * end of a stream: it goes to its thread (bind/lextra) when another one's
 * takes its place.
 */
struct nb_fail_latest {
    struct nb_lthread *t; /* whose it is, or NULL */
    struct nb_failure failure;
};

/* The message of an error, as a string constant or the C library's. */
const char *nb_fail_message(int err);

/*
 * Pushes nil, message and code; returns 3. `call` names the function, a
 * string constant; `addr` whom it was about, NULL if nobody.
 */
int nb_fail(lua_State *L, const char *call, const struct nb_addr *addr,
            int err);

/* Pushes nil, message and code of a failure noted before; returns 3. */
int nb_fail_push(lua_State *L, int err);

/* Pushes the message; of what is not allowed the sentence that says so. */
void nb_fail_push_message(lua_State *L, int err);

/* The last failed call of the thread, or NULL. */
const struct nb_failure *nb_fail_last(const struct nb_lthread *t);

/* Nobody will ask the thread for it any more. */
void nb_fail_forget(const struct nb_lthread *t);

/* Notes a failure without pushing anything (for other forms of results). */
void nb_fail_note(lua_State *L, const char *call, const struct nb_addr *addr,
                  int err);

#endif
