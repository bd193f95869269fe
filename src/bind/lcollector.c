/* When the collector works: see lcollector.h. */
#include "bind/lcollector.h"

#include <lua.h>

#include "bind/state.h"
#include "core/loop.h"

/* What Lua's own calls become, and the functions that they meant. */
void __wrap_luaC_step(lua_State *L);
void __wrap_luaC_fullgc(lua_State *L, int emergency);
void __real_luaC_step(lua_State *L);
void __real_luaC_fullgc(lua_State *L, int emergency);

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

/* While the collector is stopped Lua enters it too, and leaves at once. */
void __wrap_luaC_step(lua_State *L)
{
    int64_t began = 0;
    bool works = lua_gc(L, LUA_GCISRUNNING) == 1;
    struct nb_lua *lua = works ? begin(L, &began) : NULL;

    __real_luaC_step(L);
    end(lua, began);
}

void __wrap_luaC_fullgc(lua_State *L, int emergency)
{
    int64_t began = 0;
    struct nb_lua *lua = begin(L, &began);

    __real_luaC_fullgc(L, emergency);
    end(lua, began);
}
