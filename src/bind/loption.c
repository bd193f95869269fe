/*
 * Options of sockets: by Python's constants, and by LuaSocket's names.
 */
#include <errno.h>

#include "bind/fail.h"
#include "bind/loptvalue.h"
#include "bind/lsocket.h"
#include "net/option.h"
#include "net/sockopt.h"

enum { LONGEST_VALUE = 255 };

static struct nb_sockopt check_sockopt(lua_State *L)
{
    return (struct nb_sockopt){nb_loptvalue_int(L, 2), nb_loptvalue_int(L, 3)};
}

/* nb_sockopt_get(), tried once more where descriptors have run out. */
static int get(lua_State *L, struct nb_sockopt opt, void *value, socklen_t *len)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    int rc = nb_sockopt_get(sock, opt, value, len);

    if (!nb_lsocket_is_short(rc))
        return rc;
    lua_gc(L, LUA_GCCOLLECT);
    return nb_sockopt_get(sock, opt, value, len);
}

/* nb_sockopt_set(), tried once more likewise. */
static int set(lua_State *L, struct nb_sockopt opt,
               const struct nb_loptvalue *value)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    int rc = nb_sockopt_set(sock, opt, value->bytes, value->len);

    if (!nb_lsocket_is_short(rc))
        return rc;
    lua_gc(L, LUA_GCCOLLECT);
    return nb_sockopt_set(sock, opt, value->bytes, value->len);
}

/* Sets the value, unless reading it gave an error; the results of `call`. */
static int set_if(lua_State *L, int rc, const char *call, struct nb_sockopt opt,
                  const struct nb_loptvalue *value)
{
    if (nb_lsocket_check(L, 1)->closed)
        rc = -EBADF;
    if (rc == 0)
        rc = set(L, opt, value);
    if (rc < 0)
        return nb_fail(L, call, NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/*
 * sock:setsockopt(level, option, value) -> true | nil, message, code; value
 * is an integer, a boolean, or the bytes of a structure; a name for
 * SO_BINDTODEVICE; an interface for IP_MULTICAST_IF and IPV6_MULTICAST_IF;
 * a group [, interface] for memberships.
 */
static int sock_setsockopt(lua_State *L)
{
    nb_lsocket_check(L, 1);
    struct nb_sockopt opt = check_sockopt(L);
    struct nb_loptvalue value;
    int rc = nb_loptvalue_check(L, opt, &value);

    return set_if(L, rc, "setsockopt", opt, &value);
}

/*
 * sock:getsockopt(level, option [, length]) -> integer, or that many bytes |
 * nil, message, code
 */
static int sock_getsockopt(lua_State *L)
{
    nb_lsocket_check(L, 1);
    struct nb_sockopt opt = check_sockopt(L);
    char bytes[LONGEST_VALUE] = {0}; /* the kernel reads some of them */
    int number = 0;
    bool raw = !lua_isnoneornil(L, 4);
    socklen_t len = sizeof number;

    if (raw) {
        lua_Integer room = luaL_checkinteger(L, 4);
        luaL_argcheck(L, room >= 1 && room <= LONGEST_VALUE, 4,
                      "length must be from 1 to 255");
        len = (socklen_t)room;
    }
    int rc = get(L, opt, raw ? (void *)bytes : &number, &len);
    if (rc < 0)
        return nb_fail(L, "getsockopt", NULL, rc);
    if (raw)
        lua_pushlstring(L, bytes, len);
    else
        lua_pushinteger(L, number);
    return 1;
}

/* The option that is named at 2, which the socket has for this use. */
static struct nb_option check_option(lua_State *L, enum nb_option_use use)
{
    const struct nb_socket *sock = nb_lsocket_check(L, 1);
    const char *name = luaL_checkstring(L, 2);
    struct nb_option option;

    if (!nb_option_find(&option, name, sock->type, use)) {
        lua_pushfstring(L, "unsupported option `%s'", name);
        luaL_argerror(L, 2, lua_tostring(L, -1));
    }
    return option;
}

/* sock:setoption(name, value) -> true | nil, message, code */
static int sock_setoption(lua_State *L)
{
    struct nb_option option = check_option(L, NB_OPTION_SET);
    struct nb_loptvalue value;
    int rc = nb_loptvalue_check_named(L, &option, &value);

    return set_if(L, rc, "setoption", option.opt, &value);
}

/* sock:getoption(name) -> value | nil, message, code */
static int sock_getoption(lua_State *L)
{
    struct nb_option option = check_option(L, NB_OPTION_GET);
    struct nb_loptvalue value;

    nb_loptvalue_room(&option, &value);
    int rc = get(L, option.opt, &value.u, &value.len);
    if (rc < 0)
        return nb_fail(L, "getoption", NULL, rc);
    nb_loptvalue_push(L, &option, &value);
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
