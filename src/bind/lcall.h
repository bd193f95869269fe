/*
 * The call of a library function that is in progress in a thread: what lasts
 * over its waits (bind/lwait).
 */
#ifndef NB_BIND_LCALL_H
#define NB_BIND_LCALL_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nb_lookup;

/* What a cancellation does to the waits of a call. */
enum nb_call_on_cancel {
    NB_CALL_RAISES,      /* ends them, and raises when the call goes on */
    NB_CALL_RAISES_LATE, /* keeps them from beginning, then as the next */
    NB_CALL_CATCHES,     /* ends them, and the call goes on with -ECANCELED */
    NB_CALL_HOLDS,       /* nothing */
};

struct nb_call {
    lua_CFunction function;
    int64_t deadline;         /* of the whole call, kept over its waits */
    int64_t block;            /* ns that each of them may take, or -1 */
    size_t done;              /* progress, as the function counts it */
    struct nb_lookup *lookup; /* freed when the call is over */
    int wake;                 /* how the last wait ended: 0 or an error */
    enum nb_call_on_cancel on_cancel : 8;
    bool timed; /* a socket's time-outs have been noted */
    bool again; /* called again after a wait */
};

#endif
