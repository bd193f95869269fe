/*
 * What the things that threads wait for in each other have in common: the
 * time-out of their calls, as Python has it: nil, none or below 0 is for
 * ever, 0 or false not at all.
 */
#ifndef NB_BIND_LSYNC_H
#define NB_BIND_LSYNC_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct nb_lthread;
struct nb_lua;
struct nb_wait;

/* True if the time-out at `arg` asks not to wait at all. */
bool nb_lsync_is_try(lua_State *L, int arg);

/* The deadline by the time-out at `arg` (true is nil). May raise. */
int64_t nb_lsync_deadline(lua_State *L, int arg);

/* Reads the time-out at `arg` and begins the call. May raise. */
struct nb_lthread *nb_lsync_enter(lua_State *L, lua_CFunction function,
                                  int arg);

/*
 * Waits as `wait` says until the time-out at `arg`; its deadline is filled in.
 * Returns as nb_lwait() does.
 */
int nb_lsync_wait(lua_State *L, struct nb_lthread *t, int arg,
                  struct nb_wait *wait);

/* Each makes a class and adds its functions to the library on top of L. */
void nb_lbarrier_open(lua_State *L, struct nb_lua *lua);
void nb_lcondition_open(lua_State *L, struct nb_lua *lua);
void nb_levent_open(lua_State *L, struct nb_lua *lua);
void nb_llock_open(lua_State *L, struct nb_lua *lua);
void nb_lqueue_open(lua_State *L, struct nb_lua *lua);
void nb_lsemaphore_open(lua_State *L, struct nb_lua *lua);

#endif
