/*
 * Options of sockets: by Python's constants, and by LuaSocket's names.
 */
#include <string.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "net/option.h"
#include "net/sockopt.h"

enum { LONGEST_VALUE = 255 };

static int check_int(lua_State *L, int arg)
{
    if (lua_isboolean(L, arg))
        return lua_toboolean(L, arg);
    lua_Integer value = luaL_checkinteger(L, arg);
    luaL_argcheck(L, value >= INT32_MIN && value <= INT32_MAX, arg,
                  "out of range");
    return (int)value;
}

static struct nb_sockopt check_sockopt(lua_State *L)
{
    return (struct nb_sockopt){check_int(L, 2), check_int(L, 3)};
}

static int push_result(lua_State *L, const char *call, int rc)
{
    if (rc < 0)
        return nb_fail(L, call, NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/*
 * sock:setsockopt(level, option, value) -> true | nil, message, code; value
 * is an integer, a boolean, or the bytes of a structure.
 */
static int sock_setsockopt(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_sockopt opt = check_sockopt(L);
    int number = 0;
    size_t len = sizeof number;
    const void *value = &number;

    if (lua_type(L, 4) == LUA_TSTRING)
        value = lua_tolstring(L, 4, &len);
    else
        number = check_int(L, 4);
    return push_result(L, "setsockopt",
                       nb_sockopt_set(sock, opt, value, (socklen_t)len));
}

/*
 * sock:getsockopt(level, option [, length]) -> integer, or that many bytes |
 * nil, message, code
 */
static int sock_getsockopt(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_sockopt opt = check_sockopt(L);
    char bytes[LONGEST_VALUE];
    int number = 0;
    bool raw = !lua_isnoneornil(L, 4);
    socklen_t len = sizeof number;

    if (raw) {
        lua_Integer room = luaL_checkinteger(L, 4);
        luaL_argcheck(L, room >= 1 && room <= LONGEST_VALUE, 4,
                      "length must be from 1 to 255");
        len = (socklen_t)room;
    }
    int rc = nb_sockopt_get(sock, opt, raw ? (void *)bytes : &number, &len);
    if (rc < 0)
        return nb_fail(L, "getsockopt", NULL, rc);
    if (raw)
        lua_pushlstring(L, bytes, len);
    else
        lua_pushinteger(L, number);
    return 1;
}

static const struct nb_option *check_option(lua_State *L)
{
    const struct nb_option *option = nb_option_find(luaL_checkstring(L, 2));
    luaL_argcheck(L, option != NULL, 2, "unsupported option");
    return option;
}

/* The table {on=, timeout=} at 3, in seconds. */
static struct linger check_linger(lua_State *L)
{
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_getfield(L, 3, "on");
    lua_getfield(L, 3, "timeout");
    luaL_argcheck(L, lua_isboolean(L, -2), 3, "field 'on' must be a boolean");
    luaL_argcheck(L, lua_isnil(L, -1) || lua_isinteger(L, -1), 3,
                  "field 'timeout' must be an integer");
    return (struct linger){.l_onoff = lua_toboolean(L, -2),
                           .l_linger = (int)lua_tointeger(L, -1)};
}

/* sock:setoption(name, value) -> true | nil, message, code */
static int sock_setoption(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    const struct nb_option *option = check_option(L);
    struct linger linger = {0, 0};
    int number = 0;
    const void *value = &number;
    socklen_t len = sizeof number;

    switch (option->kind) {
    case NB_OPTION_BOOL:
        luaL_checktype(L, 3, LUA_TBOOLEAN);
        number = lua_toboolean(L, 3);
        break;
    case NB_OPTION_INT:
        number = check_int(L, 3);
        break;
    case NB_OPTION_LINGER:
        linger = check_linger(L);
        value = &linger;
        len = sizeof linger;
        break;
    case NB_OPTION_ERROR:
        return luaL_argerror(L, 2, "unsupported option");
    }
    return push_result(L, "setoption",
                       nb_sockopt_set(sock, option->opt, value, len));
}

static void push_linger(lua_State *L, const struct linger *linger)
{
    lua_createtable(L, 0, 2);
    lua_pushboolean(L, linger->l_onoff);
    lua_setfield(L, -2, "on");
    lua_pushinteger(L, linger->l_linger);
    lua_setfield(L, -2, "timeout");
}

/* Pushes the message of a pending error, nil if there is none. */
static void push_error(lua_State *L, int err)
{
    if (err == 0)
        lua_pushnil(L);
    else
        lua_pushstring(L, nb_fail_message(-err));
}

/* sock:getoption(name) -> value | nil, message, code */
static int sock_getoption(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    const struct nb_option *option = check_option(L);
    struct linger value = {0, 0};
    int number = 0;
    socklen_t len =
        option->kind == NB_OPTION_LINGER ? sizeof value : sizeof number;

    int rc = nb_sockopt_get(sock, option->opt, &value, &len);
    if (rc < 0)
        return nb_fail(L, "getoption", NULL, rc);
    memcpy(&number, &value, sizeof number);
    switch (option->kind) {
    case NB_OPTION_BOOL:
        lua_pushboolean(L, number);
        break;
    case NB_OPTION_INT:
        lua_pushinteger(L, number);
        break;
    case NB_OPTION_LINGER:
        push_linger(L, &value);
        break;
    case NB_OPTION_ERROR:
        push_error(L, number);
        break;
    }
    return 1;
}

void nb_loption_constants(lua_State *L)
{
    for (size_t i = 0; i < nb_option_constant_count; i++) {
        lua_pushinteger(L, nb_option_constants[i].value);
        lua_setfield(L, -2, nb_option_constants[i].name);
    }
}

const luaL_Reg nb_loption_methods[] = {
    {"getoption", sock_getoption},
    {"getsockopt", sock_getsockopt},
    {"setoption", sock_setoption},
    {"setsockopt", sock_setsockopt},
    {NULL, NULL},
};
