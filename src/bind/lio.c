/*
 * The standard streams as a script sees them: see lio.h. This half writes;
 * linput.c reads, los.c is about the process.
 */
#include "bind/lio.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "bind/lfile.h"
#include "bind/lhexdump.h"
#include "bind/linput.h"
#include "bind/llimit.h"
#include "bind/los.h"
#include "bind/lstock.h"
#include "bind/state.h"
#include "net/console.h"

enum { NUMBER = 64 }; /* room for a number as text */

/* Without a reader of its output the program ends as SIGPIPE would end it. */
static void check_output(const struct nb_lua *lua, int rc)
{
    if (rc != -EPIPE)
        return;
    nb_lua_leave(lua);
    _exit(128 + SIGPIPE);
}

int nb_lio_flush(struct nb_lua *lua)
{
    int rc = nb_console_flush(lua->console);

    check_output(lua, rc);
    return rc;
}

static int put(struct nb_lua *lua, const char *data, size_t len)
{
    int rc = nb_console_write(lua->console, data, len);

    check_output(lua, rc);
    return rc;
}

/*
 * print(...): like Lua's, it does not say whether it could, and it has no
 * upvalue that debug.getinfo would show.
 */
static int print(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);
    int count = lua_gettop(L);

    for (int arg = 1; arg <= count; arg++) {
        size_t len = 0;
        const char *text = luaL_tolstring(L, arg, &len);
        if (arg > 1)
            put(lua, "\t", 1);
        put(lua, text, len);
        lua_pop(L, 1);
    }
    put(lua, "\n", 1);
    return 0;
}

/* A number has the form that Lua 5.4.4 gives it here: 1.0 is "1". */
static int put_number(lua_State *L, int arg)
{
    char text[NUMBER];
    int len =
        lua_isinteger(L, arg)
            ? snprintf(text, sizeof text, LUA_INTEGER_FMT,
                       lua_tointeger(L, arg))
            : snprintf(text, sizeof text, LUA_NUMBER_FMT, lua_tonumber(L, arg));
    return put(nb_lua_of(L), text, (size_t)len);
}

/* Writes the arguments from `first` to `last`; the file is on top. */
static int put_all(lua_State *L, int first, int last)
{
    int rc = 0;

    for (int arg = first; arg <= last && rc == 0; arg++) {
        if (lua_type(L, arg) == LUA_TNUMBER) {
            rc = put_number(L, arg);
        } else {
            size_t len = 0;
            const char *text = luaL_checklstring(L, arg, &len);
            rc = put(nb_lua_of(L), text, len);
        }
    }
    return rc < 0 ? nb_lstock_fail(L, rc) : 1;
}

/* io.write(...) -> file | nil, message, number */
static int io_write(lua_State *L)
{
    if (!nb_lstock_push_default(L, "_IO_output", stdout)) {
        nb_llimit_count_arguments(L, nb_lua_of(L), 1);
        return nb_lstock_call(L);
    }
    return put_all(L, 1, lua_gettop(L) - 1);
}

/* file:write(...) -> file | nil, message, number */
static int file_write(lua_State *L)
{
    if (!nb_lstock_is_file(L, 1, stdout)) {
        nb_llimit_count_arguments(L, nb_lua_of(L), 2);
        return nb_lstock_call(L);
    }
    lua_pushvalue(L, 1);
    return put_all(L, 2, lua_gettop(L) - 1);
}

/* Pushes true, or nil, message and number. */
static int push_result(lua_State *L, int rc)
{
    if (rc < 0)
        return nb_lstock_fail(L, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* io.flush() -> true | nil, message, number */
static int io_flush(lua_State *L)
{
    if (!nb_lstock_push_default(L, "_IO_output", stdout))
        return nb_lstock_call(L);
    return push_result(L, nb_lio_flush(nb_lua_of(L)));
}

/* file:flush() -> true | nil, message, number */
static int file_flush(lua_State *L)
{
    if (!nb_lstock_is_file(L, 1, stdout))
        return nb_lstock_call(L);
    return push_result(L, nb_lio_flush(nb_lua_of(L)));
}

/* file:setvbuf(mode [, size]) -> true; the size is a hint that is not taken */
static int file_setvbuf(lua_State *L)
{
    static const char *const names[] = {"no", "full", "line", NULL};
    static const enum nb_console_mode modes[] = {
        NB_CONSOLE_NONE,
        NB_CONSOLE_FULL,
        NB_CONSOLE_LINE,
    };

    if (!nb_lstock_is_file(L, 1, stdout))
        return nb_lstock_call(L);
    int mode = luaL_checkoption(L, 2, NULL, names);
    luaL_optinteger(L, 3, 0);
    struct nb_lua *lua = nb_lua_of(L);
    int rc = nb_console_set_mode(lua->console, modes[mode]);
    check_output(lua, rc);
    return push_result(L, rc);
}

/* file:seek([whence [, offset]]) -> position | nil, message, number */
static int file_seek(lua_State *L)
{
    static const char *const names[] = {"set", "cur", "end", NULL};
    static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    struct nb_console *console = nb_lua_of(L)->console;
    bool is_input = nb_lstock_is_file(L, 1, stdin);
    int64_t position = 0;

    if (!is_input && !nb_lstock_is_file(L, 1, stdout))
        return nb_lstock_call(L);
    int whence = whences[luaL_checkoption(L, 2, "cur", names)];
    int64_t offset = luaL_optinteger(L, 3, 0);
    int rc = is_input
                 ? nb_console_seek_input(console, offset, whence, &position)
                 : nb_console_seek_output(console, offset, whence, &position);
    check_output(nb_lua_of(L), rc);
    if (rc < 0)
        return nb_lstock_fail(L, rc);
    lua_pushinteger(L, position);
    return 1;
}

void nb_lio_open(lua_State *L)
{
    static const luaL_Reg basic[] = {
        {"hexdump", nb_lhexdump},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"flush", io_flush},
        {"write", io_write},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"flush", file_flush}, {"seek", file_seek}, {"setvbuf", file_setvbuf},
        {"write", file_write}, {NULL, NULL},
    };

    lua_register(L, "print", print);
    nb_lstock_replace(L, LUA_GNAME, basic);
    nb_lstock_replace(L, LUA_IOLIBNAME, functions);
    nb_lstock_replace_methods(L, methods);
    nb_lfile_open(L);
    nb_linput_open(L);
    nb_los_open(L);
}
