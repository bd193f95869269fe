/* Functions that stand in for Lua's own: see lstock.h. */
#include "bind/lstock.h"

#include <string.h>

/* In the table on top of the stack, which it pops. */
static void replace(lua_State *L, const luaL_Reg *functions)
{
    for (const luaL_Reg *f = functions; f->name != NULL; f++) {
        lua_getfield(L, -1, f->name);
        lua_pushcclosure(L, f->func, 1);
        lua_setfield(L, -2, f->name);
    }
    lua_pop(L, 1);
}

void nb_lstock_replace(lua_State *L, const char *library,
                       const luaL_Reg *functions)
{
    lua_getglobal(L, library);
    replace(L, functions);
}

void nb_lstock_replace_methods(lua_State *L, const luaL_Reg *methods)
{
    luaL_getmetatable(L, LUA_FILEHANDLE);
    lua_getfield(L, -1, "__index");
    replace(L, methods);
    lua_pop(L, 1);
}

int nb_lstock_call(lua_State *L)
{
    lua_CFunction function = lua_tocfunction(L, lua_upvalueindex(1));
    return function(L);
}

static bool is_open_on(const luaL_Stream *file, const FILE *stream)
{
    return file != NULL && file->closef != NULL && file->f == stream;
}

bool nb_lstock_is_file(lua_State *L, int index, const FILE *stream)
{
    return is_open_on(luaL_testudata(L, index, LUA_FILEHANDLE), stream);
}

bool nb_lstock_push_default(lua_State *L, const char *key, const FILE *stream)
{
    lua_getfield(L, LUA_REGISTRYINDEX, key);
    if (is_open_on(lua_touserdata(L, -1), stream))
        return true;
    lua_pop(L, 1);
    return false;
}

int nb_lstock_fail(lua_State *L, int err)
{
    luaL_pushfail(L);
    lua_pushstring(L, strerror(-err));
    lua_pushinteger(L, -err);
    return 3;
}
