/*
 * The globals of a script: see lsandbox.h. tests/golden/globals.out has all
 * that is reachable from them; what is added here has to be added there.
 */
#include "bind/lsandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "bind/lload.h"
#include "bind/lstock.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "guard/extent.h"
#include "util/list.h"

/* A library of Lua's: what of it there is, and what --allow-native adds. */
struct library {
    const char *name;
    lua_CFunction open;
    const char *const *names;
    const char *const *native;
};

static const char *const nothing[] = {NULL};

static const char *const basic[] = {
    "_VERSION",     "assert", "collectgarbage", "dofile",       "error",
    "getmetatable", "ipairs", "load",           "loadfile",     "next",
    "pairs",        "pcall",  "print",          "rawequal",     "rawget",
    "rawlen",       "rawset", "select",         "setmetatable", "tonumber",
    "tostring",     "type",   "warn",           "xpcall",       NULL,
};

static const char *const coroutine[] = {
    "close",  "create", "isyieldable", "resume", "running",
    "status", "wrap",   "yield",       NULL,
};

static const char *const debug[] = {"getinfo", "traceback", NULL};

static const char *const debug_native[] = {
    "debug",        "gethook",    "getlocal",     "getmetatable",
    "getregistry",  "getupvalue", "getuservalue", "setcstacklimit",
    "sethook",      "setlocal",   "setmetatable", "setupvalue",
    "setuservalue", "upvalueid",  "upvaluejoin",  NULL,
};

static const char *const io[] = {
    "close",  "flush", "input",  "lines",   "open", "output", "popen", "read",
    "stderr", "stdin", "stdout", "tmpfile", "type", "write",  NULL,
};

static const char *const math[] = {
    "abs", "acos",       "asin", "atan",      "ceil", "cos",    "deg",
    "exp", "floor",      "fmod", "huge",      "log",  "max",    "maxinteger",
    "min", "mininteger", "modf", "pi",        "rad",  "random", "randomseed",
    "sin", "sqrt",       "tan",  "tointeger", "type", "ult",    NULL,
};

static const char *const os[] = {
    "clock",  "date",   "difftime",  "execute", "exit",    "getenv",
    "remove", "rename", "setlocale", "time",    "tmpname", NULL,
};

static const char *const string[] = {
    "byte",    "char",  "find",   "format", "gmatch",   "gsub",
    "len",     "lower", "match",  "pack",   "packsize", "rep",
    "reverse", "sub",   "unpack", "upper",  NULL,
};

static const char *const string_native[] = {"dump", NULL};

static const char *const table[] = {
    "concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL,
};

static const char *const utf8[] = {
    "char", "charpattern", "codepoint", "codes", "len", "offset", NULL,
};

static const struct library libraries[] = {
    {LUA_COLIBNAME, luaopen_coroutine, coroutine, nothing},
    {LUA_DBLIBNAME, luaopen_debug, debug, debug_native},
    {LUA_IOLIBNAME, luaopen_io, io, nothing},
    {LUA_MATHLIBNAME, luaopen_math, math, nothing},
    {LUA_OSLIBNAME, luaopen_os, os, nothing},
    {LUA_STRLIBNAME, luaopen_string, string, string_native},
    {LUA_TABLIBNAME, luaopen_table, table, nothing},
    {LUA_UTF8LIBNAME, luaopen_utf8, utf8, nothing},
};

static const char *const file_methods[] = {
    "close", "flush", "lines", "read", "seek", "setvbuf", "write", NULL,
};

bool nb_lsandbox_is_native(lua_State *L)
{
    return nb_extent_has_all(nb_lstock_policy(L), NB_GRANT_NATIVE);
}

static int count(const char *const *names)
{
    int n = 0;

    while (names[n] != NULL)
        n++;
    return n;
}

/* Copies fields of the table below the top to the one on top. */
static void copy(lua_State *L, const char *const *names)
{
    for (; *names != NULL; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
}

/* Stack: a library. Makes it package.loaded[name]. */
static void set_loaded(lua_State *L, const char *name)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

static void open_library(lua_State *L, const struct library *library,
                         bool is_native)
{
    lua_pushcfunction(L, library->open);
    lua_call(L, 0, 1);
    int more = is_native ? count(library->native) : 0;
    lua_createtable(L, 0, count(library->names) + more);
    copy(L, library->names);
    if (is_native)
        copy(L, library->native);
    set_loaded(L, library->name);
    lua_setglobal(L, library->name);
    lua_pop(L, 1);
}

/* Lua's own are set in the table of the globals: in one of their own. */
static void open_basic(lua_State *L)
{
    lua_pushglobaltable(L);
    lua_createtable(L, 0, count(basic));
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 0);
    lua_pushvalue(L, -2);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_insert(L, -2);
    copy(L, basic);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, LUA_GNAME);
    set_loaded(L, LUA_GNAME);
    lua_pop(L, 2);
}

/* Stack: a metatable of Lua's. Nobody gets to see it, and pops it. */
static void protect(lua_State *L, bool is_native)
{
    if (!is_native) {
        lua_pushboolean(L, false);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

/* Strings find their methods in our table. */
static void open_strings(lua_State *L, bool is_native)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_setfield(L, -2, "__index");
    protect(L, is_native);
    lua_pop(L, 1);
}

static void open_files(lua_State *L, bool is_native)
{
    luaL_getmetatable(L, LUA_FILEHANDLE);
    lua_getfield(L, -1, "__index");
    lua_createtable(L, 0, count(file_methods));
    copy(L, file_methods);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 1);
    protect(L, is_native);
}

/* debug.getinfo: a level gives no function, which may be one of the host's. */
static int getinfo(lua_State *L)
{
    int subject = lua_isthread(L, 1) ? 2 : 1;
    const char *what = luaL_optstring(L, subject + 1, "flnSrtu");
    luaL_Buffer rest;

    luaL_argcheck(L, what[0] != '>', subject + 1, "invalid option '>'");
    if (lua_isfunction(L, subject))
        return nb_lstock_call(L);
    luaL_buffinit(L, &rest);
    for (; *what != '\0'; what++) {
        if (*what != 'f')
            luaL_addchar(&rest, *what);
    }
    luaL_pushresult(&rest);
    if (lua_gettop(L) > subject + 1)
        lua_replace(L, subject + 1);
    lua_settop(L, subject + 1);
    return nb_lstock_call(L);
}

/* collectgarbage: what would change how all of netbox collects is not there. */
static int collectgarbage(lua_State *L)
{
    static const char *const changing[] = {
        "generational", "incremental", "isrunning", "restart",
        "setpause",     "setstepmul",  "stop",
    };
    const char *option = luaL_optstring(L, 1, "collect");

    for (size_t i = 0; i < NB_COUNTOF(changing); i++) {
        if (strcmp(option, changing[i]) == 0)
            return luaL_error(L,
                              "collectgarbage '%s' is not allowed "
                              "(run again with --allow-native)",
                              option);
    }
    return nb_lstock_call(L);
}

/* debug.sethook: a signal that came meanwhile has set a hook of its own. */
static int sethook(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);
    int results = nb_lstock_call(L);

    if (nb_runtime_is_called(&lua->rt))
        nb_lthread_interrupt(lua);
    return results;
}

/* What --allow-native adds and is not Lua's alone. */
static void widen(lua_State *L)
{
    static const luaL_Reg debug_functions[] = {
        {"sethook", sethook},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_DBLIBNAME, debug_functions);
}

static void narrow(lua_State *L)
{
    static const luaL_Reg basic_functions[] = {
        {"collectgarbage", collectgarbage},
        {NULL, NULL},
    };
    static const luaL_Reg debug_functions[] = {
        {"getinfo", getinfo},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_GNAME, basic_functions);
    nb_lstock_replace(L, LUA_DBLIBNAME, debug_functions);
}

void nb_lsandbox_open(lua_State *L)
{
    bool is_native = nb_lsandbox_is_native(L);

    open_basic(L);
    for (size_t i = 0; i < NB_COUNTOF(libraries); i++)
        open_library(L, &libraries[i], is_native);
    open_strings(L, is_native);
    open_files(L, is_native);
    nb_lload_open(L);
    if (is_native)
        widen(L);
    else
        narrow(L);
}
