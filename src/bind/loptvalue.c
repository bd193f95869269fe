/* The values of options: see loptvalue.h. */
#include "bind/loptvalue.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "bind/fail.h"
#include "util/addr.h"

static void hold(struct nb_loptvalue *value, const void *bytes, size_t len)
{
    value->bytes = bytes;
    value->len = (socklen_t)len;
}

static void hold_number(struct nb_loptvalue *value, int number)
{
    value->u.number = number;
    hold(value, &value->u.number, sizeof value->u.number);
}

static void hold_multicast(struct nb_loptvalue *value)
{
    hold(value, &value->u.multicast.u, value->u.multicast.len);
}

int nb_loptvalue_int(lua_State *L, int arg)
{
    if (lua_isboolean(L, arg))
        return lua_toboolean(L, arg);
    lua_Integer value = luaL_checkinteger(L, arg);
    luaL_argcheck(L, value >= INT32_MIN && value <= INT32_MAX, arg,
                  "out of range");
    return (int)value;
}

/*
 * Reads an interface from the stack: nothing for any, a number, or text.
 * 0 or an error; -EINVAL for what can be none.
 */
static int read_interface(lua_State *L, int index, int family,
                          struct nb_interface *iface)
{
    int is_integer = 0;
    size_t len = 0;

    *iface = (struct nb_interface){.index = 0};
    if (lua_isnoneornil(L, index))
        return 0;
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, index, &len);
        return strlen(text) == len ? nb_interface_read(iface, family, text)
                                   : -ENODEV;
    }
    lua_Integer number = lua_tointegerx(L, index, &is_integer);
    if (!is_integer || number < 0 || number > INT32_MAX)
        return -EINVAL;
    iface->index = (int)number;
    return 0;
}

/* The interface at `arg`; raises if it can be none. 0 or an error. */
static int check_interface(lua_State *L, int arg, int family,
                           struct nb_interface *iface)
{
    if (lua_type(L, arg) != LUA_TNUMBER)
        luaL_checkstring(L, arg);
    int rc = read_interface(L, arg, family, iface);
    luaL_argcheck(L, rc != -EINVAL, arg, "out of range");
    return rc;
}

/* nb_multicast_join() for the group at `index` on the stack, a string. */
static int read_group(lua_State *L, int index, int family,
                      const struct nb_interface *iface,
                      struct nb_loptvalue *value)
{
    size_t len = 0;
    const char *text = lua_tolstring(L, index, &len);

    if (strlen(text) != len)
        return -EINVAL;
    int rc = nb_multicast_join(&value->u.multicast, family, text, iface);
    if (rc == 0)
        hold_multicast(value);
    return rc;
}

/* The name of an interface at `arg`. 0 or an error. */
static int check_device(lua_State *L, int arg, struct nb_loptvalue *value)
{
    size_t len = 0;
    const char *name = luaL_checklstring(L, arg, &len);

    hold(value, name, len);
    /* The kernel would cut a longer one, which may be another's. */
    return strlen(name) < NB_INTERFACE_NAME ? 0 : -ENODEV;
}

/*
 * setsockopt's group and interface; what is no address is a structure. 0 or
 * an error.
 */
static int check_membership(lua_State *L, int family,
                            struct nb_loptvalue *value)
{
    struct nb_interface iface = {.index = 0};
    size_t len = 0;
    const char *bytes = luaL_checklstring(L, 4, &len);
    int rc = lua_isnoneornil(L, 5) ? 0 : check_interface(L, 5, family, &iface);
    int group = read_group(L, 4, family, &iface, value);

    if (group == -EINVAL) {
        hold(value, bytes, len);
        return 0;
    }
    return rc < 0 ? rc : group;
}

/* True for the length of a structure that names an interface to send by. */
static bool is_packed_interface(int family, size_t len)
{
    return len == sizeof(struct in_addr) ||
           (family == AF_INET &&
            (len == sizeof(struct ip_mreq) || len == sizeof(struct ip_mreqn)));
}

/* setsockopt's interface to send by, or a structure. 0 or an error. */
static int check_send_by(lua_State *L, int family, struct nb_loptvalue *value)
{
    struct nb_interface iface;
    size_t len = 0;
    int rc = check_interface(L, 4, family, &iface);

    if (rc == -ENODEV) {
        const char *bytes = lua_tolstring(L, 4, &len);
        hold(value, bytes, len);
        return is_packed_interface(family, len) ? 0 : rc;
    }
    nb_multicast_send_by(&value->u.multicast, family, &iface);
    hold_multicast(value);
    return rc;
}

/* The table {on=, timeout=} at 3, in seconds. */
static struct linger check_linger(lua_State *L)
{
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_argcheck(L, lua_getfield(L, 3, "on") == LUA_TBOOLEAN, 3,
                  "boolean 'on' field expected");
    struct linger linger = {.l_onoff = lua_toboolean(L, -1)};
    if (lua_getfield(L, 3, "timeout") != LUA_TNIL) {
        luaL_argcheck(L, lua_isinteger(L, -1), 3,
                      "number 'timeout' field expected");
        lua_Integer timeout = lua_tointeger(L, -1);
        luaL_argcheck(L, timeout >= 0 && timeout <= INT32_MAX, 3,
                      "'timeout' out of range");
        linger.l_linger = (int)timeout;
    }
    return linger;
}

/* The table {multiaddr=, interface=} at 3. 0 or an error. */
static int check_group_table(lua_State *L, int family,
                             struct nb_loptvalue *value)
{
    struct nb_interface iface;

    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_argcheck(L, lua_getfield(L, 3, "multiaddr") == LUA_TSTRING, 3,
                  "string 'multiaddr' field expected");
    lua_getfield(L, 3, "interface");
    int rc = read_interface(L, -1, family, &iface);
    luaL_argcheck(L, rc != -EINVAL, 3,
                  family == AF_INET ? "string 'interface' field expected"
                                    : "number 'interface' field expected");
    int group = read_group(L, -2, family, &iface, value);
    luaL_argcheck(L, group != -EINVAL, 3, "invalid 'multiaddr' ip address");
    return rc < 0 ? rc : group;
}

int nb_loptvalue_check(lua_State *L, struct nb_sockopt opt,
                       struct nb_loptvalue *value)
{
    enum nb_option_kind kind = nb_option_kind(opt);
    size_t len = 0;

    if (kind == NB_OPTION_MEMBERSHIP)
        return check_membership(L, nb_option_family(opt), value);
    if (kind == NB_OPTION_INTERFACE)
        return check_send_by(L, nb_option_family(opt), value);
    if (kind == NB_OPTION_DEVICE)
        return check_device(L, 4, value);
    if (lua_type(L, 4) == LUA_TSTRING) {
        const char *bytes = lua_tolstring(L, 4, &len);
        hold(value, bytes, len);
    } else {
        hold_number(value, nb_loptvalue_int(L, 4));
    }
    return 0;
}

int nb_loptvalue_check_named(lua_State *L, const struct nb_option *option,
                             struct nb_loptvalue *value)
{
    struct nb_interface iface;
    int rc = 0;

    switch (option->kind) {
    case NB_OPTION_BOOL:
        luaL_checktype(L, 3, LUA_TBOOLEAN);
        hold_number(value, lua_toboolean(L, 3));
        break;
    case NB_OPTION_INT:
    case NB_OPTION_ERROR:
        hold_number(value, nb_loptvalue_int(L, 3));
        break;
    case NB_OPTION_LINGER:
        value->u.linger = check_linger(L);
        hold(value, &value->u.linger, sizeof value->u.linger);
        break;
    case NB_OPTION_DEVICE:
        rc = check_device(L, 3, value);
        break;
    case NB_OPTION_INTERFACE:
        rc = check_interface(L, 3, nb_option_family(option->opt), &iface);
        nb_multicast_send_by(&value->u.multicast, nb_option_family(option->opt),
                             &iface);
        hold_multicast(value);
        break;
    case NB_OPTION_MEMBERSHIP:
        rc = check_group_table(L, nb_option_family(option->opt), value);
        break;
    }
    return rc;
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

/* Pushes an interface to send by: an address, of IPv6 a number. */
static void push_interface(lua_State *L, struct nb_sockopt opt, int number)
{
    struct nb_addr addr;
    char ip[NB_ADDR_IP_TEXT];

    if (nb_option_family(opt) == AF_INET6) {
        lua_pushinteger(L, number);
        return;
    }
    nb_addr_any(&addr, AF_INET, 0);
    memcpy(&addr.u.in.sin_addr, &number, sizeof number);
    nb_addr_ip(&addr, ip);
    lua_pushstring(L, ip);
}

void nb_loptvalue_room(const struct nb_option *option,
                       struct nb_loptvalue *value)
{
    memset(value, 0, sizeof *value);
    value->len = sizeof value->u.number;
    if (option->kind == NB_OPTION_LINGER)
        value->len = sizeof value->u.linger;
    else if (option->kind == NB_OPTION_DEVICE)
        value->len = sizeof value->u.name;
}

void nb_loptvalue_push(lua_State *L, const struct nb_option *option,
                       const struct nb_loptvalue *value)
{
    switch (option->kind) {
    case NB_OPTION_BOOL:
        lua_pushboolean(L, value->u.number);
        break;
    case NB_OPTION_INT:
    case NB_OPTION_MEMBERSHIP:
        lua_pushinteger(L, value->u.number);
        break;
    case NB_OPTION_LINGER:
        push_linger(L, &value->u.linger);
        break;
    case NB_OPTION_ERROR:
        push_error(L, value->u.number);
        break;
    case NB_OPTION_DEVICE:
        lua_pushlstring(L, value->u.name,
                        strnlen(value->u.name, sizeof value->u.name));
        break;
    case NB_OPTION_INTERFACE:
        push_interface(L, option->opt, value->u.number);
        break;
    }
}
