/*
 * Coming together: bind, listen, accept, connect. Names are looked up on the
 * way, within the socket's time-out.
 */
#include <errno.h>

#include "bind/fail.h"
#include "bind/lresolve.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/connect.h"
#include "util/err.h"

/* After EMFILE an acceptor waits for a descriptor to be closed, or so long. */
#define STARVED (NB_SECOND / 10)

enum { BACKLOG = 128 };

/* The query for the name to bind to at `arg`. */
static struct nb_query passive_query(lua_State *L, const struct nb_socket *sock,
                                     int arg)
{
    struct nb_query query = nb_lsocket_query(L, sock, arg);

    query.passive = true;
    return query;
}

/* IPv4 is what a socket without a family binds to, where there is a choice. */
static const struct nb_addr *first_choice(const struct nb_lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++) {
        if (nb_addr_family(&lookup->addrs[i]) == AF_INET)
            return &lookup->addrs[i];
    }
    return &lookup->addrs[0];
}

/* Looks up and binds. 0 or an error, which has been noted. */
static int look_up_and_bind(lua_State *L, struct nb_lthread *t,
                            struct nb_socket *sock,
                            const struct nb_query *query)
{
    struct nb_addr addr = {.len = 0};
    int rc = sock->closed ? -EBADF : nb_lresolve_lookup(L, t, sock, query);

    if (rc == 0) {
        addr = *first_choice(t->call.lookup);
        rc = nb_lsocket_need_fd(L, t, sock, nb_addr_family(&addr));
    }
    if (rc == 0)
        rc = nb_socket_bind(sock, &addr);
    nb_lwait_leave(t);
    if (rc < 0)
        nb_fail_note(L, "bind", &addr, rc);
    return rc;
}

static int push_true(lua_State *L)
{
    lua_pushboolean(L, true);
    return 1;
}

/* sock:bind(host, port) -> true | nil, message, code. May wait. */
static int sock_bind(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_query query = passive_query(L, sock, 2);
    int rc = look_up_and_bind(L, nb_lwait_enter(L, sock_bind), sock, &query);

    return rc < 0 ? nb_fail_push(L, rc) : push_true(L);
}

static int check_backlog(lua_State *L, int arg)
{
    lua_Integer backlog = luaL_optinteger(L, arg, BACKLOG);
    luaL_argcheck(L, backlog >= 0 && backlog <= INT32_MAX, arg,
                  "backlog out of range");
    return (int)backlog;
}

/* sock:listen([backlog]) -> true | nil, message, code */
static int sock_listen(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    int rc = nb_socket_listen(sock, check_backlog(L, 2));

    return rc < 0 ? nb_fail(L, "listen", NULL, rc) : push_true(L);
}

/* Waits, after EMFILE, until a descriptor may be free again. */
static void wait_for_descriptor(lua_State *L, struct nb_lthread *t,
                                struct nb_socket *sock)
{
    if (t->call.done != 0) {
        sock->starved = false;
        t->call.done = 0;
        t->call.wake = 0;
        nb_lwait_leave(t);
        return;
    }
    int64_t now = nb_loop_now(t->task.rt->loop);
    int64_t deadline = nb_lsocket_deadline(sock, t);
    t->call.done = 1;
    nb_lwait(
        L, t,
        &(struct nb_wait){
            .queue = &nb_lua_of(L)->short_of_descriptors,
            .deadline = deadline < now + STARVED ? deadline : now + STARVED,
            .what = "a descriptor to accept with",
            .object = sock,
        });
}

static bool is_short(int rc)
{
    return nb_lsocket_is_short(rc) || rc == -ENOBUFS || rc == -ENOMEM;
}

/* sock:accept() -> conn, ip, port | nil, message, code. May wait. */
static int sock_accept(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_list *open = &nb_lua_of(L)->sockets;
    struct nb_addr peer = {.len = 0};

    if (!nb_lwait_is_again(nb_lua_of(L)->current, sock_accept)) {
        lua_settop(L, 1);
        nb_lsocket_new(L);
    }
    struct nb_socket *conn = lua_touserdata(L, 2);
    struct nb_lthread *t = nb_lwait_enter(L, sock_accept);
    bool waited = t->call.done != 0;
    if (waited || (sock->starved && !nb_lsocket_must_not_wait(sock, t)))
        wait_for_descriptor(L, t, sock);

    int rc = NB_WANT_READ;
    if (nb_lsocket_may_try(sock, NB_READ, t))
        rc = nb_socket_accept(sock, conn, open, &peer);
    if (is_short(rc)) {
        nb_lsocket_collect(L, t);
        rc = nb_socket_accept(sock, conn, open, &peer);
    }
    if (rc == NB_WANT_READ)
        rc = nb_lsocket_wait(L, t, sock, rc, "accept");
    nb_lwait_leave(t);
    sock->starved = is_short(rc);
    if (rc < 0)
        return nb_fail(L, "accept", NULL, rc);
    return 1 + nb_lsocket_push_name(L, conn, &peer);
}

/* The next step towards a connection. 0, an error, or it waits. */
static int step(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                const struct nb_query *query)
{
    if (sock->closed)
        return -EBADF;
    if (sock->connected)
        return -EISCONN;
    if (nb_connect_pending(sock) && !nb_connect_is_to(sock, query))
        return -EALREADY;
    if (!nb_connect_pending(sock)) {
        int rc = nb_lresolve_lookup(L, t, sock, query);
        if (rc == 0)
            rc = nb_lsocket_need_fd(L, t, sock,
                                    nb_addr_family(t->call.lookup->addrs));
        if (rc == 0)
            rc = nb_connect_start(sock, t->call.lookup, query);
        if (rc < 0)
            return rc;
    }
    int rc = nb_connect(sock);
    if (rc == NB_WANT_WRITE)
        rc = nb_lsocket_wait(L, t, sock, rc, "connect");
    else if (rc == -EAGAIN && sock->family == AF_UNIX) /* a full backlog */
        rc = nb_lsocket_retry(L, t, sock, "connect");
    return rc;
}

/* Connects. 0 or an error, which has been noted. */
static int look_up_and_connect(lua_State *L, struct nb_lthread *t,
                               struct nb_socket *sock,
                               const struct nb_query *query)
{
    bool begun = !t->call.again && nb_connect_pending(sock);
    int rc = step(L, t, sock, query);

    if (rc == -EAGAIN && nb_lsocket_must_not_wait(sock, t))
        rc = begun ? -EALREADY : -EINPROGRESS;
    nb_lwait_leave(t);
    if (rc < 0)
        nb_fail_note(L, "connect", nb_connect_addr(sock), rc);
    return rc;
}

/* sock:connect(host, port) -> true | nil, message, code. May wait. */
static int sock_connect(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_query query = nb_lsocket_query(L, sock, 2);
    int rc =
        look_up_and_connect(L, nb_lwait_enter(L, sock_connect), sock, &query);

    return rc < 0 ? nb_fail_push(L, rc) : push_true(L);
}

/* sock:connect_ex(host, port) -> 0 | errno, code. May wait. */
static int sock_connect_ex(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_query query = nb_lsocket_query(L, sock, 2);
    int rc = look_up_and_connect(L, nb_lwait_enter(L, sock_connect_ex), sock,
                                 &query);

    lua_pushinteger(L, rc == NB_ENOTALLOWED ? EPERM : -rc);
    if (rc == 0)
        return 1;
    lua_pushstring(L, nb_err_name(rc));
    return 2;
}

/* The socket that a function makes and keeps at `index` over its waits. */
static struct nb_socket *own_socket(lua_State *L, lua_CFunction function,
                                    int index)
{
    if (!nb_lwait_is_again(nb_lua_of(L)->current, function)) {
        lua_settop(L, index - 1);
        nb_lsocket_open_fd(L, nb_lsocket_new(L), AF_UNSPEC, SOCK_STREAM, 0);
    }
    return lua_touserdata(L, index);
}

/* LuaSocket's name of a family at `arg`; by default any will do. */
static int check_family(lua_State *L, int arg)
{
    static const char *const names[] = {"unspec", "inet", "inet6", NULL};
    static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};

    return families[luaL_checkoption(L, arg, "unspec", names)];
}

/*
 * socket.connect(host, port [, lhost [, lport [, family]]]) -> socket | nil,
 * message, code. May wait.
 */
static int socket_connect(lua_State *L)
{
    struct nb_socket *sock = own_socket(L, socket_connect, 6);
    struct nb_query query = nb_lsocket_query(L, sock, 1);
    int family = check_family(L, 5);
    struct nb_query local = {.family = family, .passive = true};
    int rc = 0;

    if (sock->flexible)
        query.family = family;
    if (!lua_isnil(L, 3)) {
        local.name = luaL_checklstring(L, 3, &local.len);
        local.port = lua_isnil(L, 4) ? 0 : nb_lsocket_port(L, 4);
    }
    struct nb_lthread *t = nb_lwait_enter(L, socket_connect);
    if (local.name != NULL && t->call.done == 0) {
        rc = look_up_and_bind(L, t, sock, &local);
        t->call.done = 1;
        query.family = sock->family;
    }
    if (rc == 0)
        rc = look_up_and_connect(L, t, sock, &query);
    if (rc == 0)
        return 1;
    nb_socket_close(sock);
    return nb_fail_push(L, rc);
}

/*
 * socket.bind(host, port [, backlog]) -> a listening socket | nil, message,
 * code. May wait.
 */
static int socket_bind(lua_State *L)
{
    struct nb_socket *sock = own_socket(L, socket_bind, 4);
    struct nb_query query = passive_query(L, sock, 1);
    int backlog = check_backlog(L, 3);
    int rc = look_up_and_bind(L, nb_lwait_enter(L, socket_bind), sock, &query);

    if (rc == 0) {
        rc = nb_socket_listen(sock, backlog);
        if (rc < 0)
            nb_fail_note(L, "listen", NULL, rc);
    }
    if (rc == 0)
        return 1;
    nb_socket_close(sock);
    return nb_fail_push(L, rc);
}

const luaL_Reg nb_lconnect_methods[] = {
    {"accept", sock_accept},   {"bind", sock_bind},
    {"connect", sock_connect}, {"connect_ex", sock_connect_ex},
    {"listen", sock_listen},   {NULL, NULL},
};

const luaL_Reg nb_lconnect_functions[] = {
    {"bind", socket_bind},
    {"connect", socket_connect},
    {NULL, NULL},
};
