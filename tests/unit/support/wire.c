/* The scripted network in the hands of the script: see wire.h. */
#include "support/wire.h"

#include <lauxlib.h>
#include <stdio.h>

#include "bind/lclass.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "core/loop.h"
#include "support/scripted.h"
#include "util/addr.h"

static const char kept_key = 'k'; /* registry: strings that were borrowed */

static struct nb_net *net_of(lua_State *L)
{
    return nb_lua_of(L)->net;
}

/* The string at `arg`, which lives as long as the state. */
static const char *keep_string(lua_State *L, int arg, size_t *len)
{
    const char *text = luaL_checklstring(L, arg, len);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key);
    lua_pushvalue(L, arg);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    return text;
}

/* What is scripted next is for the descriptor at `arg`, if one is given. */
static void choose(lua_State *L, int arg)
{
    scripted_for(net_of(L), (int)luaL_optinteger(L, arg, -1));
}

static int wire_text(lua_State *L)
{
    size_t len = 0;
    const char *text = keep_string(L, 1, &len);

    choose(L, 2);
    scripted_bytes(net_of(L), text, len);
    choose(L, 3);
    return 0;
}

static int wire_eof(lua_State *L)
{
    choose(L, 1);
    scripted_result(net_of(L), SCRIPTED_RECV, 0);
    choose(L, 2);
    return 0;
}

static int wire_datagram(lua_State *L)
{
    size_t len = 0;
    const char *data = keep_string(L, 1, &len);
    struct nb_addr from;

    if (nb_addr_parse(&from, luaL_checkstring(L, 2),
                      (uint16_t)luaL_checkinteger(L, 3)) < 0)
        return luaL_argerror(L, 2, "not an address");
    scripted_packet(net_of(L), data, len, &from);
    return 0;
}

static int wire_option(lua_State *L)
{
    scripted_option(net_of(L), (int)luaL_checkinteger(L, 1));
    return 0;
}

static int wire_peer(lua_State *L)
{
    scripted_peer(net_of(L), luaL_checkstring(L, 1),
                  (uint16_t)luaL_checkinteger(L, 2));
    return 0;
}

static int wire_fail(lua_State *L)
{
    static const char *const calls[] = {
        [SCRIPTED_SOCKET] = "socket",
        [SCRIPTED_BIND] = "bind",
        [SCRIPTED_LISTEN] = "listen",
        [SCRIPTED_ACCEPT] = "accept",
        [SCRIPTED_SOCKETPAIR] = "socketpair",
        [SCRIPTED_ADOPT] = "adopt",
        [SCRIPTED_CONNECT] = "connect",
        [SCRIPTED_SEND] = "send",
        [SCRIPTED_RECV] = "recv",
        [SCRIPTED_SHUTDOWN] = "shutdown",
        [SCRIPTED_CLOSE] = "close",
        [SCRIPTED_GETSOCKNAME] = "getsockname",
        [SCRIPTED_GETPEERNAME] = "getpeername",
        [SCRIPTED_SETSOCKOPT] = "setsockopt",
        [SCRIPTED_GETSOCKOPT] = "getsockopt",
        [SCRIPTED_LOOKUP] = "lookup",
        [SCRIPTED_REVERSE] = "reverse",
        [SCRIPTED_POLL] = "poll",
        [SCRIPTED_PIPE] = "pipe",
        [SCRIPTED_SPLICE] = "splice",
        [SCRIPTED_SPLICE + 1] = NULL,
    };
    int call = luaL_checkoption(L, 1, NULL, calls);

    choose(L, 3);
    scripted_result(net_of(L), (enum scripted_op)call,
                    -(int)luaL_checkinteger(L, 2));
    choose(L, 4);
    return 0;
}

static int wire_limit(lua_State *L)
{
    scripted_result(net_of(L), SCRIPTED_SEND, (int)luaL_checkinteger(L, 1));
    return 0;
}

static int wire_sent(lua_State *L)
{
    const struct nb_net *net = net_of(L);

    lua_pushlstring(L, scripted_sent(net), scripted_sent_len(net));
    return 1;
}

static int wire_writable(lua_State *L)
{
    scripted_writable(net_of(L), (int)luaL_checkinteger(L, 1),
                      lua_toboolean(L, 2));
    return 0;
}

static int wire_name(lua_State *L)
{
    scripted_name(net_of(L), luaL_checkstring(L, 1), luaL_checkstring(L, 2));
    return 0;
}

static int wire_defer(lua_State *L)
{
    scripted_defer(net_of(L));
    return 0;
}

static int wire_answer(lua_State *L)
{
    scripted_answer(net_of(L), 0);
    return 0;
}

static int wire_signal(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);

    lua->rt.signal = (int)luaL_checkinteger(L, 1);
    nb_lthread_interrupt(lua);
    nb_loop_wake(lua->rt.loop);
    return 0;
}

void wire_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"answer", wire_answer},     {"datagram", wire_datagram},
        {"defer", wire_defer},       {"eof", wire_eof},
        {"name", wire_name},         {"fail", wire_fail},
        {"limit", wire_limit},       {"option", wire_option},
        {"peer", wire_peer},         {"sent", wire_sent},
        {"signal", wire_signal},     {"text", wire_text},
        {"writable", wire_writable}, {NULL, NULL},
    };

    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
    nb_lclass_newlib(L, functions);
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "stuck");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "over");
    lua_setglobal(L, "wire");
}

/* Needs no memory to find out that there is none. */
void wire_call(lua_State *L, const char *field)
{
    if (lua_getglobal(L, "wire") == LUA_TTABLE &&
        lua_getfield(L, -1, field) == LUA_TFUNCTION &&
        lua_pcall(L, 0, 0, 0) != LUA_OK)
        fprintf(stderr, "wire.%s: %s\n", field, lua_tostring(L, -1));
    lua_settop(L, 0);
}
