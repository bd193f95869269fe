/* When the collector works: see lcollector.h. */
#include "bind/lcollector.h"

#include "bind/state.h"
#include "core/loop.h"

/* What Lua's own calls become, and the functions that they meant. */
void __wrap_luaC_step(lua_State *L);
void __wrap_luaC_fullgc(lua_State *L, int emergency);
void __real_luaC_step(lua_State *L);
void __real_luaC_fullgc(lua_State *L, int emergency);

static const char host_key = 'h'; /* registry: the thread of the finalizers */

/* The collector begins. The state; NULL: it was running. */
static struct nb_lua *begin(lua_State *L, int64_t *began)
{
    struct nb_lua *lua = nb_lua_owner(L);

    if (lua == NULL || lua->collector.running)
        return NULL;
    lua->collector.running = true;
    if (lua->collector.timed)
        *began = nb_loop_now(lua->rt.loop);
    return lua;
}

static void end(struct nb_lua *lua, int64_t began)
{
    if (lua == NULL)
        return;
    lua->collector.running = false;
    if (!lua->collector.timed)
        return;
    lua->collector.spent += nb_loop_now(lua->rt.loop) - began;
    lua->collector.steps++;
}

/*
 * The thread for the collector to work in, which marks no other than that: the
 * one that runs waits on its stack.
 */
static lua_State *enter(const struct nb_lua *lua, lua_State *L)
{
    if (lua == NULL || lua->collector.host == NULL)
        return L;
    lua_pushthread(L);
    lua_xmove(L, lua->collector.host, 1);
    return lua->collector.host;
}

static void leave(lua_State *host, lua_State *L)
{
    if (host != L)
        lua_settop(host, 0);
}

/* While the collector is stopped Lua enters it too, and leaves at once. */
void __wrap_luaC_step(lua_State *L)
{
    int64_t began = 0;
    bool works = lua_gc(L, LUA_GCISRUNNING) == 1;
    struct nb_lua *lua = works ? begin(L, &began) : NULL;
    lua_State *host = enter(lua, L);

    __real_luaC_step(host);
    leave(host, L);
    end(lua, began);
}

/* In an emergency nothing is finalized. */
void __wrap_luaC_fullgc(lua_State *L, int emergency)
{
    int64_t began = 0;
    struct nb_lua *lua = begin(L, &began);
    lua_State *host = enter(emergency ? NULL : lua, L);

    __real_luaC_fullgc(host, emergency);
    leave(host, L);
    end(lua, began);
}

void nb_lcollector_open(lua_State *L, struct nb_lcollector *collector)
{
    lua_State *host = lua_newthread(L);

    lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
    collector->host = host;
}
