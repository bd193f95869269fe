/*
 * A whole program in a unit test: a Lua state on the virtual clock and the
 * scripted network, or the one in memory; or on libev and the kernel's sockets.
 *
 *     luafixture_begin(&fx);
 *     scripted_result(fx.net, SCRIPTED_BIND, -EADDRINUSE);
 *     luafixture_expect(&fx, "print(socket.udp():setsockname('*', 53))",
 *                       "nil\taddress already in use\tEADDRINUSE\n");
 *     luafixture_end(&fx);
 *
 * The end fails the test where a program left anything behind: a task, a
 * wait, a timer, a socket, a descriptor, a result that nobody called for, a
 * block of memory.
 */
#ifndef NB_SUPPORT_LUAFIXTURE_H
#define NB_SUPPORT_LUAFIXTURE_H

#include "bind/state.h"
#include "net/console.h"
#include "support/fixture.h"
#include "support/lan.h"
#include "support/scripted.h"

struct luafixture {
    struct nb_loop *loop;
    struct nb_net *net;
    struct nb_console console;
    struct nb_lua lua;
    struct nb_alloc_account before;
    bool real;       /* libev and the kernel's sockets */
    bool lan;        /* the network in memory */
    bool broken;     /* it ends early: results of the network may be left */
    int descriptors; /* of the process before, where they are real */
    char out[65536]; /* what it wrote to standard output ... */
    char err[16384]; /* ... and to standard error */
};

/* A loop, a network and a console; the state is not open. */
void luafixture_prepare(struct luafixture *fx, bool real);

/* The same with an open state, on the virtual clock or on libev. */
void luafixture_begin(struct luafixture *fx);
void luafixture_begin_real(struct luafixture *fx);

/* The same on the virtual clock and the network in memory (support/lan.h). */
void luafixture_begin_lan(struct luafixture *fx, const struct lan_rules *rules);

/*
 * Runs `chunk` as the main thread, to the end of the program and of its
 * state. On the virtual clock the script has the global `wire` (see
 * support/wire.h, or support/lanwire.h). Returns 0; -EDEADLK after a deadlock, reported and broken
 * as by the command; or the exit status of a chunk that cannot be run.
 */
int luafixture_run(struct luafixture *fx, const char *chunk);

/* Runs it: it ends well, no thread fails, and it prints `out`. */
void luafixture_expect(struct luafixture *fx, const char *chunk,
                       const char *out);

/* How often the script's calls reached the network as `call`, "accept". */
int luafixture_count(const struct luafixture *fx, const char *call);

/* Frees everything. Fails the test if something was left behind. */
void luafixture_end(struct luafixture *fx);

/* All of it, for a chunk that needs nothing prepared. */
void luafixture_prints(const char *chunk, const char *out);

/* The same for one that does not end well: what standard error holds. */
void luafixture_fails(const char *chunk, const char *err);

#endif
