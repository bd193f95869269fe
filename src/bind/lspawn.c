/* The birth of a thread: see lspawn.h. */
#include "bind/lspawn.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/lextra.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "util/alloc.h"

/* True if argument `arg` is a table of options and not what is to be called. */
static bool has_options(lua_State *L, int arg)
{
    if (!lua_istable(L, arg))
        return false;
    if (luaL_getmetafield(L, arg, "__call") == LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

/* Reads one option; its key and value are on top. */
static void read_option(lua_State *L, int arg, struct nb_lspawn *spawn,
                        bool grouped)
{
    const char *key =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";

    if (strcmp(key, "daemon") == 0) {
        spawn->daemon |= lua_toboolean(L, -1);
    } else if (strcmp(key, "name") == 0) {
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, arg,
                      "option 'name' must be a string");
        spawn->name = lua_tostring(L, -1);
    } else if (grouped && strcmp(key, "service") == 0) {
        spawn->service = lua_toboolean(L, -1);
    } else {
        lua_pushfstring(L, "unknown option '%s'", luaL_tolstring(L, -2, NULL));
        luaL_argerror(L, arg, lua_tostring(L, -1));
    }
}

struct nb_lspawn nb_lspawn_check(lua_State *L, int arg, bool grouped)
{
    const struct nb_lthread *spawner = nb_lua_of(L)->current;
    struct nb_lspawn spawn = {
        .daemon = spawner != NULL && spawner->task.daemon,
        .grouped = grouped,
        .function = arg,
    };

    if (has_options(L, arg)) {
        for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1))
            read_option(L, arg, &spawn, grouped);
        spawn.function = arg + 1;
    }
    nb_lthread_check_callable(L, spawn.function);
    return spawn;
}

/* True if it needs nothing that few threads need. */
static bool is_plain(const struct nb_lspawn *spawn)
{
    return spawn->name == NULL && !spawn->grouped;
}

/* Stack: a guard, the thread. False: out of memory. */
static bool attach(lua_State *L, struct nb_lthread *t,
                   const struct nb_lspawn *spawn)
{
    struct nb_lextra *extra = nb_lextra_attach(L, t);

    if (extra == NULL || spawn->name == NULL)
        return extra != NULL;
    extra->name = nb_strdup(spawn->name);
    return extra->name != NULL;
}

struct nb_lthread *nb_lspawn_new(lua_State *L, const struct nb_lspawn *spawn)
{
    struct nb_lua *lua = nb_lua_of(L);
    int args = lua_gettop(L) - spawn->function;

    if (is_plain(spawn)) {
        struct nb_lthread *t = nb_lthread_new(L, lua, args);
        t->origin = nb_place_here(L, lua);
        return t;
    }
    nb_lextra_push_guard(L);
    lua_insert(L, spawn->function);
    struct nb_lthread *t = nb_lthread_new(L, lua, args);
    t->origin = nb_place_here(L, lua);
    if (!attach(L, t, spawn)) {
        nb_lthread_let_go(L, t);
        luaL_error(L, "not enough memory");
    }
    return t;
}
