/* Functions that stand in for Lua's own: see lstock.h. */
#include "bind/lstock.h"

#include <errno.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/state.h"
#include "net/net.h"
#include "util/err.h"

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

/* Pushes nil, what is on top of the stack, and the number. */
static int fail(lua_State *L, int err)
{
    luaL_pushfail(L);
    lua_insert(L, -2);
    lua_pushinteger(L, err == NB_ENOTALLOWED ? EPERM : -err);
    return 3;
}

static void push_message(lua_State *L, int err)
{
    if (err == NB_ENOTALLOWED) {
        nb_fail_note(L, "open", NULL, err);
        nb_fail_push_message(L, err);
    } else {
        lua_pushstring(L, strerror(-err));
    }
}

int nb_lstock_fail(lua_State *L, int err)
{
    push_message(L, err);
    return fail(L, err);
}

int nb_lstock_fail_path(lua_State *L, const char *path, int err)
{
    push_message(L, err);
    if (err != NB_ENOTALLOWED)
        lua_pushfstring(L, "%s: %s", path, lua_tostring(L, -1));
    return fail(L, err);
}

struct nb_policy *nb_lstock_policy(lua_State *L)
{
    const struct nb_net *net = nb_lua_of(L)->net;

    return net == NULL ? NULL : net->policy;
}

int nb_lstock_ask(lua_State *L, enum nb_right right, const char *text)
{
    int rc = nb_policy_ask_text(nb_lstock_policy(L), right, text);

    return rc < 0 ? nb_lstock_fail(L, rc) : 0;
}
