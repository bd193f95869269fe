/*
 * The Lua state of a program: opened with netbox's libraries, run by the
 * runtime, closed at the end.
 */
#ifndef NB_BIND_STATE_H
#define NB_BIND_STATE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "bind/fail.h"
#include "bind/lcollector.h"
#include "bind/lpace.h"
#include "bind/lpool.h"
#include "bind/lthread.h"
#include "bind/lwarn.h"
#include "core/runtime.h"
#include "net/relay.h"
#include "util/list.h"

struct nb_console;
struct nb_memory;
struct nb_net;
struct nb_watchdog;

/* What debug.sethook has set. */
struct nb_hook {
    lua_State *L;
    lua_Hook function;
    int events;
    int count;
};

struct nb_lua {
    lua_State *L; /* the main state; scripts run in coroutines */
    struct nb_runtime rt;
    struct nb_net *net;
    struct nb_console *console;
    struct nb_lthread *current; /* the thread that runs, or NULL */
    struct nb_list sockets;     /* open ones, in the order of opening */
    struct nb_list timers;      /* of the script, those not over */
    struct nb_list ended;       /* threads that can still be asked */
    struct nb_list sources;     /* of the places noted (bind/place) */
    struct nb_list short_of_descriptors; /* acceptors, after EMFILE */
    char *scratch;                       /* NB_SCRATCH bytes to receive into */
    struct nb_lpace pace;
    struct nb_relays relays;
    struct nb_trace *trace; /* what the wire carries is shown in; or NULL */
    struct nb_addr_memo ip; /* that a script was given last */
    struct nb_lwarn warn;
    struct nb_lcollector collector;
    void (*leaving)(void *context); /* the process ends here; or NULL */
    void *leaving_context;
    struct nb_watchdog *watchdog; /* of the limits; NULL: there are none */
    struct nb_memory *memory;     /* likewise */
    size_t threads;               /* alive, or to be started by a timer */
    struct nb_hook hook;          /* that an interruption displaced */
    struct nb_fail_latest latest; /* failed call of a thread */
    size_t failures;              /* threads that failed and were not joined */
    unsigned forced;              /* cancellations that were, see bind/lscope */
    struct nb_lpool pool;         /* of what threads are made of */
    char *closing;      /* where the outermost coroutine.close has its frame */
    unsigned max_depth; /* of coroutines, for which there is C stack */
    int handed_args;    /* of the coroutine to be resumed next, or -1 */
    int handed_status;  /* how the one resumed last stopped ... */
    int handed_results; /* ... and what it left on its stack */
    bool describing;    /* an error's __tostring runs, within bounds */
    bool over;          /* the state is being closed */
    bool exhausted;     /* memory ran out where no script could be told */
    const void *box_class;                       /* of bind/lbox: an address */
    int thread_class, timer_class, socket_class; /* metatables: references */
};

enum { NB_SCRATCH = 65536 };

/* The structure of a state: what its allocator is called with. */
static inline struct nb_lua *nb_lua_of(lua_State *L)
{
    void *lua;
    lua_getallocf(L, &lua);
    return lua;
}

/* That of a thread. */
static inline struct nb_lua *nb_lua_at(const struct nb_lthread *t)
{
    return NB_CONTAINER_OF(t->task.rt, struct nb_lua, rt);
}

/* The same for any state: NULL if nb_lua_open() has not made it. */
struct nb_lua *nb_lua_owner(lua_State *L);

/* Reports want of memory where no script can be told. */
void nb_lua_exhausted(struct nb_lua *lua, const char *message);

/* The process is about to end: tells whoever wants to know. */
void nb_lua_leave(const struct nb_lua *lua);

/* Raises if the state is being closed: nothing new would be cleaned up. */
void nb_lua_check_open(lua_State *L, const struct nb_lua *lua);

/* Keeps the value on top, popped, under `key`; nil ends that. May raise. */
void nb_lua_keep(lua_State *L, const void *key);

/* Pushes what is kept under `key`. */
void nb_lua_push_kept(lua_State *L, const void *key);

/* Prepares the structure, which must not move, and its runtime on `loop`. */
void nb_lua_init(struct nb_lua *lua, struct nb_loop *loop);

/* Opens the state on `net` and `console`, borrowed. Returns 0 or -ENOMEM. */
int nb_lua_open(struct nb_lua *lua, struct nb_net *net,
                struct nb_console *console);

/* Closes the state: finalizers run, whatever is open is closed. */
void nb_lua_close(struct nb_lua *lua);

#endif
