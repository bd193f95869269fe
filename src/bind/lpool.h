/*
 * What threads are made of, for threads to come: their places in the
 * registry, and the coroutines of those that ended well. To take one costs a
 * tenth of making one, and the collector has less to do.
 *
 * A place holds a thread that is alive, or a coroutine that is kept. Only
 * those are kept that nobody can tell from a new one: that ended well, have
 * an empty stack and no hook, and that the script has never seen.
 */
#ifndef NB_BIND_LPOOL_H
#define NB_BIND_LPOOL_H

#include <lua.h>

struct nb_lua;

enum { NB_LPOOL_ROOM = 128 };

struct nb_lpool {
    int free;  /* the first place that holds nothing but the next; 0: none */
    int count; /* of the coroutines that are kept ... */
    struct {
        lua_State *co;
        int place;
    } kept[NB_LPOOL_ROOM]; /* ... and these are they */
};

/*
 * Pushes a coroutine, as lua_newthread() does, and returns it; it may be in
 * the pool until nb_lpool_place(). May raise.
 */
lua_State *nb_lpool_coroutine(lua_State *L, struct nb_lua *lua);

/*
 * The value on top of L, which stays there, is anchored in the place that is
 * returned; the coroutine pushed before is its own. Allocates nothing.
 */
int nb_lpool_place(lua_State *L, struct nb_lua *lua, const lua_State *co);

/* Pops the value on top and anchors it in the place returned. May raise. */
int nb_lpool_anchor(lua_State *L, struct nb_lua *lua);

/*
 * The place is free, and `co`, if it is not NULL and there is room for it, is
 * kept there. Allocates nothing.
 */
void nb_lpool_free(lua_State *L, struct nb_lua *lua, int place, lua_State *co);

#endif
