/*
 * How a socket is made: by family, type and protocol, by LuaSocket's short
 * names, in connected pairs, or from a descriptor that others opened.
 */
#include "bind/fail.h"
#include "bind/lclass.h"
#include "bind/lsocket.h"
#include "bind/state.h"

/* Leaves a new open socket on the stack, or nil, message, code. */
static int make(lua_State *L, int family, int type)
{
    struct nb_socket *sock = nb_lsocket_new(L);
    int rc = nb_lsocket_open_fd(L, sock, family, type, 0);

    return rc < 0 ? nb_fail(L, "socket", NULL, rc) : 1;
}

static int check_int(lua_State *L, int arg, int preset)
{
    lua_Integer value = luaL_optinteger(L, arg, preset);
    luaL_argcheck(L, value >= 0 && value <= INT32_MAX, arg, "out of range");
    return (int)value;
}

/* socket.socket([family [, type [, proto]]]) -> socket | nil, message, code */
static int socket_socket(lua_State *L)
{
    int family = check_int(L, 1, AF_INET);
    int type = check_int(L, 2, SOCK_STREAM);
    int proto = check_int(L, 3, 0);

    luaL_argcheck(L,
                  family == AF_INET || family == AF_INET6 || family == AF_UNIX,
                  1, "unsupported family");
    luaL_argcheck(L,
                  type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_RAW,
                  2, "unsupported type");
    struct nb_socket *sock = nb_lsocket_new(L);
    int rc = nb_lsocket_open_fd(L, sock, family, type, proto);
    return rc < 0 ? nb_fail(L, "socket", NULL, rc) : 1;
}

static int socket_tcp(lua_State *L)
{
    return make(L, AF_UNSPEC, SOCK_STREAM);
}

static int socket_tcp4(lua_State *L)
{
    return make(L, AF_INET, SOCK_STREAM);
}

static int socket_tcp6(lua_State *L)
{
    return make(L, AF_INET6, SOCK_STREAM);
}

static int socket_udp(lua_State *L)
{
    return make(L, AF_UNSPEC, SOCK_DGRAM);
}

static int socket_udp4(lua_State *L)
{
    return make(L, AF_INET, SOCK_DGRAM);
}

static int socket_udp6(lua_State *L)
{
    return make(L, AF_INET6, SOCK_DGRAM);
}

/* socket.unix(), socket.unix.stream(), socket.unix.tcp() */
static int unix_stream(lua_State *L)
{
    return make(L, AF_UNIX, SOCK_STREAM);
}

/* socket.unix.dgram(), socket.unix.udp() */
static int unix_dgram(lua_State *L)
{
    return make(L, AF_UNIX, SOCK_DGRAM);
}

/* socket.socketpair([type]) -> a, b | nil, message, code */
static int socket_socketpair(lua_State *L)
{
    struct nb_list *open = &nb_lua_of(L)->sockets;
    int type = check_int(L, 1, SOCK_STREAM);

    luaL_argcheck(L, type == SOCK_STREAM || type == SOCK_DGRAM, 1,
                  "unsupported type");
    struct nb_socket *a = nb_lsocket_new(L);
    struct nb_socket *b = nb_lsocket_new(L);
    int rc = nb_socket_pair(a, b, open, type);
    if (nb_lsocket_is_short(rc)) {
        lua_gc(L, LUA_GCCOLLECT);
        rc = nb_socket_pair(a, b, open, type);
    }
    return rc < 0 ? nb_fail(L, "socketpair", NULL, rc) : 2;
}

/* The open socket that has the descriptor `fd`, NULL if none has. */
static struct nb_socket *owner(const struct nb_list *open, int fd)
{
    for (struct nb_list *link = open->next; link != open; link = link->next) {
        struct nb_socket *sock = NB_CONTAINER_OF(link, struct nb_socket, link);
        if (sock->fd == fd)
            return sock;
    }
    return NULL;
}

/*
 * sock:setfd(fd) -> true | nil, message, code. It lets go of the descriptor
 * that it has, which stays open, and takes `fd`, if that is not -1; whichever
 * socket had it lets go of it.
 */
static int sock_setfd(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_list *open = &nb_lua_of(L)->sockets;
    lua_Integer fd = luaL_checkinteger(L, 2);

    luaL_argcheck(L, fd >= -1 && fd <= INT32_MAX, 2,
                  "descriptor must be an integer of at least -1");
    nb_lua_check_open(L, nb_lua_of(L));
    if (fd < 0) {
        nb_socket_detach(sock);
    } else if (fd != sock->fd) {
        struct nb_socket *before = owner(open, (int)fd);
        int rc = nb_socket_adopt(sock, open, (int)fd);
        if (rc < 0)
            return nb_fail(L, "setfd", NULL, rc);
        if (before != NULL)
            nb_socket_detach(before);
    }
    lua_pushboolean(L, true);
    return 1;
}

void nb_lmake_unix(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"dgram", unix_dgram}, {"stream", unix_stream},
        {"tcp", unix_stream}, /* as LuaSocket once called them */
        {"udp", unix_dgram},   {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__call", unix_stream},
        {NULL, NULL},
    };

    nb_lclass_newlib(L, functions);
    nb_lclass_newlib(L, metamethods);
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "unix");
}

const luaL_Reg nb_lmake_methods[] = {
    {"setfd", sock_setfd},
    {NULL, NULL},
};

const luaL_Reg nb_lmake_functions[] = {
    {"socket", socket_socket},
    {"socketpair", socket_socketpair},
    {"tcp", socket_tcp},
    {"tcp4", socket_tcp4},
    {"tcp6", socket_tcp6},
    {"udp", socket_udp},
    {"udp4", socket_udp4},
    {"udp6", socket_udp6},
    {NULL, NULL},
};
