/* What threads are made of: see lpool.h. */
#include "bind/lpool.h"

#include <lauxlib.h>
#include <stdbool.h>

#include "bind/state.h"

/* The place, free, becomes the first of those. */
static void chain(lua_State *L, struct nb_lpool *pool, int place)
{
    lua_pushinteger(L, pool->free);
    lua_rawseti(L, LUA_REGISTRYINDEX, place);
    pool->free = place;
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
    if (pool->free == 0) {
        lua_pushboolean(L, false);
        chain(L, pool, luaL_ref(L, LUA_REGISTRYINDEX));
    }
    return lua_newthread(L);
}

int nb_lpool_place(lua_State *L, struct nb_lua *lua, const lua_State *co)
{
    struct nb_lpool *pool = &lua->pool;
    int place = pool->free;

    if (pool->count > 0 && pool->kept[pool->count - 1].co == co) {
        place = pool->kept[--pool->count].place;
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, place);
        pool->free = (int)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    lua_pushvalue(L, -1);
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
