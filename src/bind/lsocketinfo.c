/*
 * What a socket says of itself: its names, its descriptor, its statistics, its
 * text; and socket.sockets(): what `lsof -i` shows, for the program's own
 * sockets.
 */
#include <stdio.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/extra.h"

static const char *family_name(int family)
{
    switch (family) {
    case AF_INET6:
        return "inet6";
    case AF_UNIX:
        return "unix";
    default:
        return "inet";
    }
}

/* Pushes address, port (nil for a path) and the family's name; returns 3. */
static int push_addr(lua_State *L, const struct nb_socket *sock,
                     const struct nb_addr *addr)
{
    if (nb_lsocket_push_name(L, sock, addr) == 1)
        lua_pushnil(L);
    lua_pushstring(L, family_name(nb_addr_family(addr)));
    return 3;
}

/* What getsockname and getpeername have in common. */
static int name_of(lua_State *L, const char *call,
                   int (*ask)(struct nb_socket *, struct nb_addr *))
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_addr addr;
    int rc = ask(sock, &addr);

    return rc < 0 ? nb_fail(L, call, NULL, rc) : push_addr(L, sock, &addr);
}

/* sock:getsockname() -> ip, port, family | nil, message, code */
static int sock_getsockname(lua_State *L)
{
    return name_of(L, "getsockname", nb_socket_local);
}

/* sock:getpeername() -> ip, port, family | nil, message, code */
static int sock_getpeername(lua_State *L)
{
    return name_of(L, "getpeername", nb_socket_peer);
}

/* sock:fileno() -> the descriptor, -1 if there is none */
static int sock_fileno(lua_State *L)
{
    lua_pushinteger(L, nb_lsocket_check(L, 1)->fd);
    return 1;
}

/* sock:getfamily() -> "inet4", also where there is none yet, "inet6", "unix" */
static int sock_getfamily(lua_State *L)
{
    int family = nb_lsocket_check(L, 1)->family;
    bool other = family == AF_INET6 || family == AF_UNIX;

    lua_pushstring(L, other ? family_name(family) : "inet4");
    return 1;
}

static const char *type_of(const struct nb_socket *sock)
{
    if (sock->family == AF_UNIX)
        return sock->type == SOCK_STREAM ? "unixstream" : "unixdgram";
    if (sock->type == SOCK_STREAM)
        return "tcp";
    if (sock->proto == IPPROTO_ICMP || sock->proto == IPPROTO_ICMPV6)
        return "icmp";
    return sock->type == SOCK_DGRAM ? "udp" : "raw";
}

/*
 * sock:getstats() -> bytes received, bytes sent, age in seconds. As LuaSocket
 * counts, what was read ahead has not been received yet.
 */
static int sock_getstats(lua_State *L)
{
    const struct nb_socket *sock = nb_lsocket_check(L, 1);
    int64_t age = nb_loop_now(nb_lua_of(L)->rt.loop) - sock->born;
    uint64_t ahead = nb_reader_len(&nb_extra_of(sock)->reader);

    lua_pushinteger(L, (lua_Integer)(sock->received - ahead));
    lua_pushinteger(L, (lua_Integer)sock->sent);
    lua_pushnumber(L, (double)age / (double)NB_SECOND);
    return 3;
}

static uint64_t opt_count(lua_State *L, int arg, uint64_t preset)
{
    lua_Integer count = luaL_optinteger(L, arg, (lua_Integer)preset);
    luaL_argcheck(L, count >= 0, arg, "must not be negative");
    return (uint64_t)count;
}

/* sock:setstats([received [, sent [, age]]]) -> true */
static int sock_setstats(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    uint64_t ahead = nb_reader_len(&nb_extra_of(sock)->reader);
    uint64_t received = opt_count(L, 2, sock->received - ahead);
    uint64_t sent = opt_count(L, 3, sock->sent);

    if (!lua_isnoneornil(L, 4)) {
        lua_Number age = luaL_checknumber(L, 4);
        luaL_argcheck(L, age >= 0 && age < NB_LTHREAD_MAX_SECONDS, 4,
                      "age out of range");
        sock->born = nb_loop_now(nb_lua_of(L)->rt.loop) -
                     (int64_t)(age * (double)NB_SECOND);
    }
    sock->received = received + ahead;
    sock->sent = sent;
    lua_pushboolean(L, true);
    return 1;
}

void nb_lsocketinfo_format(struct nb_socket *sock, char text[NB_LSOCKET_TEXT])
{
    struct nb_addr addr;
    char local[NB_ADDR_TEXT];
    char peer[NB_ADDR_TEXT];

    if (sock->closed || nb_socket_local(sock, &addr) < 0) {
        snprintf(text, NB_LSOCKET_TEXT, "%s closed", type_of(sock));
        return;
    }
    nb_addr_format(&addr, local);
    if (nb_socket_peer(sock, &addr) == 0) {
        nb_addr_format(&addr, peer);
        snprintf(text, NB_LSOCKET_TEXT, "%s %s %s %s", type_of(sock), local,
                 sock->accepted ? "<-" : "->", peer);
    } else {
        snprintf(text, NB_LSOCKET_TEXT, "%s %s", type_of(sock), local);
    }
}

int nb_lsocketinfo_tostring(lua_State *L)
{
    char text[NB_LSOCKET_TEXT];

    nb_lsocketinfo_format(nb_lsocket_check(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

static void set_string(lua_State *L, const char *field, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

static void set_addr(lua_State *L, const char *addr_field,
                     const char *port_field, const struct nb_socket *sock,
                     const struct nb_addr *addr)
{
    if (nb_lsocket_push_name(L, sock, addr) == 2)
        lua_setfield(L, -3, port_field);
    lua_setfield(L, -2, addr_field);
}

/* Sets `thread` to the name of the thread that opened the socket. */
static void set_opener(lua_State *L, const struct nb_socket *sock)
{
    const struct nb_list *tasks = &nb_lua_of(L)->rt.tasks;
    char name[NB_LTHREAD_NAME];

    for (struct nb_list *link = tasks->next; link != tasks; link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        if (task->id != sock->opener)
            continue;
        nb_lthread_name(nb_lthread_of(task), name);
        set_string(L, "thread", name);
        return;
    }
}

static void push_description(lua_State *L, struct nb_socket *sock)
{
    struct nb_addr addr;

    lua_createtable(L, 0, 11);
    set_integer(L, "fd", sock->fd);
    set_string(L, "type", type_of(sock));
    set_string(L, "family", family_name(sock->family));
    set_string(L, "state", nb_socket_state(sock));
    set_integer(L, "bytes_in", (lua_Integer)sock->received);
    set_integer(L, "bytes_out", (lua_Integer)sock->sent);
    set_opener(L, sock);
    if (nb_socket_local(sock, &addr) == 0)
        set_addr(L, "laddr", "lport", sock, &addr);
    if (nb_socket_peer(sock, &addr) == 0)
        set_addr(L, "raddr", "rport", sock, &addr);
}

static int list_sockets(lua_State *L)
{
    const struct nb_list *open = &nb_lua_of(L)->sockets;
    int count = 0;

    lua_newtable(L);
    for (struct nb_list *link = open->next; link != open; link = link->next) {
        push_description(L, NB_CONTAINER_OF(link, struct nb_socket, link));
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/*
 * socket.sockets() -> a description of each open socket, oldest first. The
 * collector rests meanwhile: a finalizer could take a socket off the list.
 */
static int socket_sockets(lua_State *L)
{
    int running = lua_gc(L, LUA_GCISRUNNING);

    lua_pushcfunction(L, list_sockets);
    lua_gc(L, LUA_GCSTOP);
    int status = lua_pcall(L, 0, 1, 0);
    if (running)
        lua_gc(L, LUA_GCRESTART);
    return status == LUA_OK ? 1 : lua_error(L);
}

const luaL_Reg nb_lsocketinfo_methods[] = {
    {"fileno", sock_fileno},
    {"getfamily", sock_getfamily},
    {"getfd", sock_fileno},
    {"getpeername", sock_getpeername},
    {"getsockname", sock_getsockname},
    {"getstats", sock_getstats},
    {"setstats", sock_setstats},
    {NULL, NULL},
};

const luaL_Reg nb_lsocketinfo_functions[] = {
    {"sockets", socket_sockets},
    {NULL, NULL},
};
