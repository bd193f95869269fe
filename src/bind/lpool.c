/* What threads are made of: see lpool.h. */
#include "bind/lpool.h"

#include <lauxlib.h>
#include <stdbool.h>

#include "bind/state.h"

enum { COROUTINE = 1 }; /* KiB: that much it takes, at least */

/* The place, free, becomes the first of those. */
static void chain(lua_State *L, struct nb_lpool *pool, int place)
{
    lua_pushinteger(L, pool->free);
    lua_rawseti(L, LUA_REGISTRYINDEX, place);
    pool->free = place;
}

/* Sees to it that there is a place that is free. May raise. */
static void reserve(lua_State *L, struct nb_lpool *pool)
{
    if (pool->free != 0)
        return;
    lua_pushboolean(L, false);
    chain(L, pool, luaL_ref(L, LUA_REGISTRYINDEX));
}

/* Takes the first place that is free, where there is one. */
static int take(lua_State *L, struct nb_lpool *pool)
{
    int place = pool->free;

    lua_rawgeti(L, LUA_REGISTRYINDEX, place);
    pool->free = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return place;
}

/*
 * While the threads become more than there ever were, what is made for them is
 * alive, and the collector need not come the sooner for it: a negative step
 * lets it count for less.
 */
static void spare_collector(lua_State *L, const struct nb_lua *lua)
{
    if (lua->rt.alive >= lua->rt.most_alive && lua_gc(L, LUA_GCISRUNNING) == 1)
        lua_gc(L, LUA_GCSTEP, -COROUTINE);
}

lua_State *nb_lpool_coroutine(lua_State *L, struct nb_lua *lua)
{
    struct nb_lpool *pool = &lua->pool;

    if (pool->count > 0 && lua_gethook(L) == NULL) { /* a new one inherits it */
        lua_State *co = pool->kept[pool->count - 1].co;
        lua_pushthread(co);
        lua_xmove(co, L, 1);
        return co;
    }
    spare_collector(L, lua);
    lua_State *co = lua_newthread(L);
    reserve(L, pool); /* only now: finalizers have run, and may have spawned */
    return co;
}

int nb_lpool_place(lua_State *L, struct nb_lua *lua, const lua_State *co)
{
    struct nb_lpool *pool = &lua->pool;
    int place = 0;

    if (pool->count > 0 && pool->kept[pool->count - 1].co == co)
        place = pool->kept[--pool->count].place;
    else
        place = take(L, pool);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, place);
    return place;
}

int nb_lpool_anchor(lua_State *L, struct nb_lua *lua)
{
    reserve(L, &lua->pool);
    int place = take(L, &lua->pool);
    lua_rawseti(L, LUA_REGISTRYINDEX, place);
    return place;
}

void nb_lpool_free(lua_State *L, struct nb_lua *lua, int place, lua_State *co)
{
    struct nb_lpool *pool = &lua->pool;

    if (co == NULL || pool->count == NB_LPOOL_ROOM || lua_gethook(co) != NULL) {
        chain(L, pool, place);
        return;
    }
    lua_pushthread(co);
    lua_xmove(co, L, 1);
    lua_rawseti(L, LUA_REGISTRYINDEX, place);
    pool->kept[pool->count].co = co;
    pool->kept[pool->count++].place = place;
}
