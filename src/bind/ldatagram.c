/*
 * Datagrams: sendto and recvfrom, and LuaSocket's names for them. A literal
 * address is sent to at once; a name is looked up first.
 */
#include <errno.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lresolve.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "net/datagram.h"
#include "util/err.h"

/* Reads the name at `arg`; a literal goes to `addr` at once. */
static struct nb_query check_host(lua_State *L, const struct nb_socket *sock,
                                  int arg, struct nb_addr *addr)
{
    struct nb_query query = nb_lsocket_query(L, sock, arg);

    addr->len = 0;
    if (query.family == AF_UNIX || strlen(query.name) != query.len)
        return query;
    if (nb_addr_memo_parse(&nb_lua_of(L)->ip, addr, query.name, query.port) ==
            0 &&
        query.family != AF_UNSPEC && nb_addr_family(addr) != query.family)
        addr->len = 0;
    return query;
}

/* Fills `addr` unless it is known. 0 or an error; waits. */
static int find_addr(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                     const struct nb_query *query, struct nb_addr *addr)
{
    if (sock->closed)
        return -EBADF;
    if (addr->len != 0)
        return 0;
    int rc = nb_lresolve_lookup(L, t, sock, query);
    if (rc == 0)
        *addr = t->call.lookup->addrs[0];
    return rc;
}

/* What is to be sent. */
struct payload {
    const char *data;
    size_t len;
};

/* Sends to `addr` as part of `t`'s call. Bytes or an error; waits. */
static int send_to(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                   const struct payload *payload, const struct nb_addr *addr)
{
    int rc = nb_lsocket_need_fd(L, t, sock, nb_addr_family(addr));

    if (rc < 0)
        return rc;
    if (nb_lsocket_may_try(sock, NB_WRITE, t))
        rc = nb_datagram_send(sock, payload->data, payload->len, addr);
    else
        rc = NB_WANT_WRITE;
    if (rc != NB_WANT_WRITE)
        return rc;
    /* The kernel does not tell when another unix socket has room again. */
    return sock->family == AF_UNIX ? nb_lsocket_retry(L, t, sock, "sendto")
                                   : nb_lsocket_wait(L, t, sock, rc, "sendto");
}

/* sock:sendto(data, host, port) -> bytes | nil, message, code. May wait. */
static int sock_sendto(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    struct payload payload;
    struct nb_addr addr;

    payload.data = luaL_checklstring(L, 2, &payload.len);
    struct nb_query query = check_host(L, sock, 3, &addr);
    struct nb_lthread *t = nb_lwait_enter(L, sock_sendto);
    int rc = find_addr(L, t, sock, &query, &addr);
    if (rc == 0)
        rc = send_to(L, t, sock, &payload, &addr);
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, "sendto", &addr, rc);
    lua_pushinteger(L, rc);
    return 1;
}

/* Receives into the scratch space as part of `t`'s call. Bytes; waits. */
static int receive(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                   size_t max, struct nb_received *info)
{
    char *scratch = nb_lua_of(L)->scratch;
    int n = NB_WANT_READ;

    if (max > NB_SCRATCH)
        max = NB_SCRATCH;
    if (nb_lsocket_may_try(sock, NB_READ, t) &&
        (!nb_lsocket_is_drained(sock, t) || nb_socket_is_ahead(sock)))
        n = sock->type == SOCK_STREAM
                ? nb_socket_recv(sock, scratch, max)
                : nb_datagram_receive(sock, scratch, max, info);
    if (n > 0 && sock->type == SOCK_STREAM)
        nb_socket_peer(sock, &info->from);
    if (n == NB_WANT_READ)
        n = nb_lsocket_wait(L, t, sock, n, "recvfrom");
    nb_lwait_leave(t);
    return n;
}

/* sock:recvfrom([max]) -> data, ip, port | nil, message, code. May wait. */
static int sock_recvfrom(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_at(L, 1);
    size_t max = nb_lsocket_max(L, 2);
    struct nb_received info = {.from = {.len = 0}};
    int n = receive(L, nb_lwait_enter(L, sock_recvfrom), sock, max, &info);

    if (n < 0)
        return nb_fail(L, "recvfrom", NULL, n);
    lua_pushlstring(L, nb_lua_of(L)->scratch, (size_t)n);
    return 1 + nb_lsocket_push_name(L, sock, &info.from);
}

int nb_ldatagram_recvicmp(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    size_t max = nb_lsocket_max(L, 2);
    struct nb_received info = {.from = {.len = 0}, .ttl = -1};
    struct nb_lthread *t = nb_lwait_enter(L, nb_ldatagram_recvicmp);
    int n = receive(L, t, sock, max, &info);
    const char *data = nb_lua_of(L)->scratch;
    size_t header = 0;

    if (n < 0)
        return nb_fail(L, "recvicmp", NULL, n);
    if (sock->type == SOCK_RAW && n >= 20) { /* RFC 791: IHL in words, TTL */
        header = (size_t)(data[0] & 15) * 4;
        info.ttl = (unsigned char)data[8];
    }
    if (header > (size_t)n)
        header = (size_t)n;
    lua_pushlstring(L, data + header, (size_t)n - header);
    nb_lsocket_push_ip_port(L, &info.from);
    lua_pushinteger(L, info.ttl);
    lua_replace(L, -2);
    return 3;
}

/* Shared by the two names that follow: binds or connects a datagram socket. */
static int name_it(lua_State *L, lua_CFunction function, const char *call,
                   int (*act)(struct nb_socket *, const struct nb_addr *))
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_addr addr;
    struct nb_query query = check_host(L, sock, 2, &addr);
    struct nb_lthread *t = nb_lwait_enter(L, function);

    query.passive = act == nb_socket_bind;
    int rc = find_addr(L, t, sock, &query, &addr);
    if (rc == 0)
        rc = act(sock, &addr);
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, call, &addr, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* sock:setsockname(host, port) -> true | nil, message, code. May wait. */
static int sock_setsockname(lua_State *L)
{
    return name_it(L, sock_setsockname, "bind", nb_socket_bind);
}

/*
 * sock:setpeername(host, port) -> true | nil, message, code; "*" alone undoes
 * it. May wait.
 */
static int sock_setpeername(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);

    if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "*") == 0) {
        int rc = nb_datagram_forget_peer(sock);
        if (rc < 0)
            return nb_fail(L, "connect", NULL, rc);
        lua_pushboolean(L, true);
        return 1;
    }
    return name_it(L, sock_setpeername, "connect", nb_datagram_set_peer);
}

const luaL_Reg nb_ldatagram_methods[] = {
    {"receivefrom", sock_recvfrom},    {"recvfrom", sock_recvfrom},
    {"sendto", sock_sendto},           {"setpeername", sock_setpeername},
    {"setsockname", sock_setsockname}, {NULL, NULL},
};
