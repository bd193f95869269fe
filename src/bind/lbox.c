/*
 * Boxes of large buffers: see lbox.h.
 *
 * A request is a box's where one of the values on top of the stack is a box
 * that holds this very block. It is made by a function of the library in C,
 * between two calls of Lua, so that a collection is harmless there.
 */
#include "bind/lbox.h"

#include <lauxlib.h>

#include "bind/lthread.h"
#include "bind/state.h"
#include "util/alloc.h"

/* How the library lays it out. */
struct box {
    const void *block;
    size_t size;
};

enum { DEEPEST = 2 }; /* a box has at most one value above it */

void nb_lbox_open(lua_State *L, struct nb_lua *lua)
{
    luaL_Buffer buffer;

    luaL_buffinitsize(L, &buffer, LUAL_BUFFERSIZE + 1);
    luaL_pushresult(&buffer);
    lua_pop(L, 1);
    luaL_getmetatable(L, "_UBOX*");
    lua->box_class = lua_topointer(L, -1);
    lua_pop(L, 1);
}

/* Only there is everything below the top of the stack what it seems. */
static bool is_in_c(lua_State *L)
{
    lua_Debug frame;

    return lua_getstack(L, 0, &frame) && lua_getinfo(L, "S", &frame) &&
           *frame.what == 'C';
}

static bool is_box(lua_State *L, const struct nb_lua *lua, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA ||
        lua_rawlen(L, index) != sizeof(struct box) ||
        !lua_getmetatable(L, index))
        return false;
    bool is = lua_topointer(L, -1) == lua->box_class;
    lua_pop(L, 1);
    return is;
}

bool nb_lbox_collect(struct nb_lua *lua, const void *block, size_t old_size)
{
    lua_State *L = lua->current == NULL ? lua->L : lua->current->inner;

    if (L == NULL || lua->box_class == NULL || lua->collector.running ||
        !is_in_c(L))
        return false;
    for (int depth = 1; depth <= DEEPEST && depth <= lua_gettop(L); depth++) {
        if (!is_box(L, lua, -depth))
            continue;
        const struct box *box = lua_touserdata(L, -depth);
        if (box->block != block || box->size != old_size)
            return false;
        nb_alloc_set_retried(0);
        lua_gc(L, LUA_GCCOLLECT);
        return true;
    }
    return false;
}
