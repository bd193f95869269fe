/*
 * The library `socket`: the life of sockets, their names and time-outs, and
 * what its other files share. What makes sockets is in lmake, what connects
 * them in lconnect, what moves bytes in lstream and ldatagram.
 */
#include "bind/lsocket.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bind/fail.h"
#include "bind/lclass.h"
#include "bind/libs.h"
#include "bind/lresolve.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/batch.h"
#include "net/connect.h"
#include "net/extra.h"
#include "net/gate.h"
#include "util/alloc.h"
#include "util/err.h"

/* Between two tries where the kernel tells of no readiness. */
#define RETRY (NB_SECOND / 200)

/* In the library: a table that has to grow is laid out anew each time. */
enum { ENTRIES = 185 };

static const char class_name[] = "socket";

/* What Lua puts before the bytes of a userdata without a user value. */
enum { HEADER = 32 };

_Static_assert(sizeof(void *) != 8 ||
                   HEADER + sizeof(struct nb_socket) == NB_ALLOC_SOCKET,
               "sockets have pages of their own (util/slab): what few of them "
               "have belongs into net/extra");

/*
 * Every call on a socket begins here, and again after each wait: what the
 * userdata begins with tells it in a third of the time that its class takes.
 */
struct nb_socket *nb_lsocket_test(lua_State *L, int index)
{
    struct nb_socket *sock = lua_touserdata(L, index);
    bool known = sock != NULL && lua_rawlen(L, index) == sizeof *sock &&
                 sock->stream.ops == &nb_socket_stream;

    return known ? sock : NULL;
}

struct nb_socket *nb_lsocket_at(lua_State *L, int arg)
{
    struct nb_socket *sock = nb_lsocket_test(L, arg);

    return sock != NULL ? sock : luaL_checkudata(L, arg, class_name);
}

struct nb_socket *nb_lsocket_check(lua_State *L, int arg)
{
    struct nb_socket *sock = nb_lsocket_at(L, arg);

    if (nb_extra_of(sock)->batch != NULL)
        nb_batch_flush(sock->extra->batch);
    return sock;
}

struct nb_socket *nb_lsocket_new(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);

    nb_lua_check_open(L, lua);
    struct nb_socket *sock =
        lua_newuserdatauv(L, sizeof *sock, nb_lwarn_user_values(&lua->warn));

    nb_socket_init(sock, lua->net);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lua->socket_class);
    lua_setmetatable(L, -2);
    nb_lwarn_note_socket(L, lua);
    return sock;
}

bool nb_lsocket_is_short(int rc)
{
    return rc == -EMFILE || rc == -ENFILE || rc == NB_ETOOMANY;
}

int nb_lsocket_open_fd(lua_State *L, struct nb_socket *sock, int family,
                       int type, int proto)
{
    struct nb_list *open = &nb_lua_of(L)->sockets;
    int rc = nb_socket_open(sock, open, family, type, proto);

    if (!nb_lsocket_is_short(rc))
        return rc;
    lua_gc(L, LUA_GCCOLLECT);
    return nb_socket_open(sock, open, family, type, proto);
}

void nb_lsocket_collect(lua_State *L, struct nb_lthread *t)
{
    struct nb_call call = t->call;

    t->call.lookup = NULL; /* a finalizer's own call must not free it */
    lua_gc(L, LUA_GCCOLLECT);
    t->call = call;
}

int nb_lsocket_need_fd(lua_State *L, struct nb_lthread *t,
                       struct nb_socket *sock, int family)
{
    int rc = nb_socket_need_fd(sock, family);

    if (!nb_lsocket_is_short(rc))
        return rc;
    nb_lsocket_collect(L, t); /* by a finalizer it may have been closed */
    return nb_socket_need_fd(sock, family);
}

size_t nb_lsocket_max(lua_State *L, int arg)
{
    int is_integer = 0;
    lua_Integer max = lua_tointegerx(L, arg, &is_integer);

    if (!is_integer)
        max = luaL_optinteger(L, arg, NB_SCRATCH);
    luaL_argcheck(L, max >= 1, arg, "size must be at least 1");
    return (size_t)max;
}

uint16_t nb_lsocket_port(lua_State *L, int arg)
{
    int is_integer = 0;
    lua_Integer port = lua_tointegerx(L, arg, &is_integer);

    if (!is_integer || port < 0 || port > 65535) {
        const char *got = "no value";
        if (!lua_isnone(L, arg))
            got = luaL_tolstring(L, arg, NULL);
        lua_pushfstring(L, "port must be an integer from 0 to 65535, got %s",
                        got);
        luaL_argerror(L, arg, lua_tostring(L, -1));
    }
    return (uint16_t)port;
}

/* The path at `arg`; raises if it could be none. */
static void check_path(lua_State *L, int arg, struct nb_query *query)
{
    struct nb_addr addr;

    query->name = luaL_checklstring(L, arg, &query->len);
    if (nb_addr_unix(&addr, query->name, query->len) == -EINVAL)
        luaL_argerror(L, arg, "path must not contain a zero byte");
}

struct nb_query nb_lsocket_query(lua_State *L, const struct nb_socket *sock,
                                 int arg)
{
    struct nb_query query = {
        .family = sock->flexible ? AF_UNSPEC : sock->family,
    };

    if (query.family == AF_UNIX) {
        check_path(L, arg, &query);
        return query;
    }
    query.name = luaL_checklstring(L, arg, &query.len);
    query.port = nb_lsocket_port(L, arg + 1);
    return query;
}

/* A time-out that is set while the call waits is not for this call. */
static void note_timeouts(const struct nb_socket *sock, struct nb_lthread *t)
{
    const struct nb_extra *extra = nb_extra_of(sock);
    struct nb_call *call = &t->call;
    bool both = extra->block >= 0 && extra->total >= 0;
    int64_t limit = both || extra->block < 0 ? extra->total : extra->block;

    call->timed = true;
    call->block = both ? extra->block : -1;
    call->deadline =
        limit < 0 ? NB_NEVER : nb_loop_after(t->task.rt->loop, limit);
}

int64_t nb_lsocket_deadline(const struct nb_socket *sock, struct nb_lthread *t)
{
    const struct nb_call *call = &t->call;

    if (!call->timed)
        note_timeouts(sock, t);
    if (call->block < 0)
        return call->deadline;
    int64_t each = nb_loop_after(t->task.rt->loop, call->block);
    return each < call->deadline ? each : call->deadline;
}

bool nb_lsocket_must_not_wait(const struct nb_socket *sock,
                              const struct nb_lthread *t)
{
    const struct nb_extra *extra = nb_extra_of(sock);

    return !t->call.timed && (extra->block == 0 || extra->total == 0);
}

bool nb_lsocket_is_drained(const struct nb_socket *sock,
                           const struct nb_lthread *t)
{
    return sock->drained && !t->call.again &&
           !nb_lsocket_must_not_wait(sock, t);
}

/* What the socket waits for. A full backlog (unix) leaves nothing pending. */
static enum nb_event_kind awaited(const struct nb_socket *sock, int want)
{
    bool unconnected = sock->type == SOCK_STREAM && !sock->connected &&
                       nb_extra_of(sock)->attempt != NULL;

    if (nb_connect_pending(sock))
        return NB_EVENT_CONNECT;
    if (want == NB_WANT_READ)
        return NB_EVENT_RECEIVE;
    return unconnected ? NB_EVENT_CONNECT : NB_EVENT_SEND;
}

/* Tells who listens if the wait for `sock` was in vain. Passes `rc` on. */
static int tell_end(struct nb_socket *sock, int want, int rc)
{
    if (rc == -ETIMEDOUT)
        nb_gate_gave_up(sock->net, sock->fd, awaited(sock, want));
    return rc;
}

int nb_lsocket_wait(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                    int want, const char *what)
{
    if (nb_lsocket_must_not_wait(sock, t))
        return -EAGAIN;
    int rc =
        nb_lwait_io(L, t, &sock->io, want == NB_WANT_READ ? NB_READ : NB_WRITE,
                    &(struct nb_wait){
                        .deadline = nb_lsocket_deadline(sock, t),
                        .what = what,
                        .object = sock,
                    });
    return tell_end(sock, want, rc);
}

int nb_lsocket_retry(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                     const char *what)
{
    if (nb_lsocket_must_not_wait(sock, t))
        return -EAGAIN;
    int64_t now = nb_loop_now(t->task.rt->loop);
    int64_t deadline = nb_lsocket_deadline(sock, t);
    if (deadline <= now)
        return tell_end(sock, NB_WANT_WRITE, -ETIMEDOUT);
    if (t->call.wake == -ETIMEDOUT)
        t->call.wake = 0;
    return nb_lwait_line(
        L, t, &sock->io, NB_WRITE,
        &(struct nb_wait){
            .deadline = deadline < now + RETRY ? deadline : now + RETRY,
            .what = what,
            .object = sock,
        });
}

int nb_lsocket_push_name(lua_State *L, const struct nb_socket *sock,
                         const struct nb_addr *addr)
{
    if (sock->family != AF_UNIX)
        return nb_lsocket_push_ip_port(L, addr);
    size_t len = 0;
    const char *path = nb_addr_path(addr, &len);
    lua_pushlstring(L, path, len);
    return 1;
}

int nb_lsocket_push_ip_port(lua_State *L, const struct nb_addr *addr)
{
    /* Lua knows the string again by where its bytes are. */
    lua_pushstring(L, nb_addr_memo_ip(&nb_lua_of(L)->ip, addr));
    lua_pushinteger(L, nb_addr_port(addr));
    return 2;
}

/* sock:close() -> true */
static int sock_close(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    struct nb_lua *lua = nb_lua_of(L);

    nb_socket_close(sock);
    struct nb_waiter *starved = nb_waiter_first(&lua->short_of_descriptors);
    if (starved != NULL)
        nb_waiter_complete(starved, 0);
    lua_pushboolean(L, true);
    return 1;
}

static int sock_gc(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);

    nb_lwarn_forgotten(L, nb_lua_of(L), sock);
    nb_socket_deinit(sock);
    return 0;
}

/* sock:shutdown([how]) -> true | nil, message, code */
static int sock_shutdown(lua_State *L)
{
    static const char *const names[] = {"receive", "send", "both", NULL};
    static const int values[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    int how = 0;

    if (lua_isinteger(L, 2)) {
        lua_Integer number = lua_tointeger(L, 2);
        luaL_argcheck(L, number >= SHUT_RD && number <= SHUT_RDWR, 2,
                      "must be 0, 1 or 2");
        how = (int)number;
    } else {
        how = values[luaL_checkoption(L, 2, "both", names)];
    }
    int rc = nb_socket_shutdown(sock, how);
    if (rc < 0)
        return nb_fail(L, "shutdown", NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* A time-out in seconds at `arg`, in ns; -1 for ever. */
static int64_t check_timeout(lua_State *L, int arg)
{
    if (lua_isnoneornil(L, arg))
        return -1;
    lua_Number seconds = luaL_checknumber(L, arg);
    luaL_argcheck(L, !isnan(seconds), arg, "time-out must not be NaN");
    if (seconds < 0 || seconds >= NB_LTHREAD_MAX_SECONDS)
        return -1;
    return (int64_t)(seconds * (double)NB_SECOND);
}

/* sock:settimeout(seconds [, mode]) -> true | nil, message, code */
static int sock_settimeout(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_check(L, 1);
    int64_t timeout = check_timeout(L, 2);
    const char *mode = luaL_optstring(L, 3, "b");

    bool total = *mode == 'r' || *mode == 't';

    luaL_argcheck(L, total || *mode == 'b', 3, "invalid timeout mode");
    if (timeout >= 0 || sock->extra != NULL) {
        struct nb_extra *extra = nb_extra_need(sock);
        if (extra == NULL)
            return nb_fail(L, "settimeout", NULL,
                           sock->over ? -EBADF : -ENOMEM);
        *(total ? &extra->total : &extra->block) = timeout;
    }
    lua_pushboolean(L, true);
    return 1;
}

static void push_timeout(lua_State *L, int64_t timeout)
{
    if (timeout < 0)
        lua_pushinteger(L, -1);
    else
        lua_pushnumber(L, (double)timeout / (double)NB_SECOND);
}

/* sock:gettimeout() -> seconds, total seconds; -1: for ever */
static int sock_gettimeout(lua_State *L)
{
    const struct nb_socket *sock = nb_lsocket_check(L, 1);
    push_timeout(L, nb_extra_of(sock)->block);
    push_timeout(L, nb_extra_of(sock)->total);
    return 2;
}

void nb_lsocket_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"close", sock_close},
        {"gettimeout", sock_gettimeout},
        {"settimeout", sock_settimeout},
        {"shutdown", sock_shutdown},
        {NULL, NULL},
    };
    static const luaL_Reg metamethods[] = {
        {"__close", sock_close},
        {"__gc", sock_gc},
        {"__tostring", nb_lsocketinfo_tostring},
        {NULL, NULL},
    };
    static const luaL_Reg *const more[] = {
        nb_lmake_methods,   nb_lsocketinfo_methods, nb_lconnect_methods,
        nb_lstream_methods, nb_ldatagram_methods,   nb_loption_methods,
        nb_lselect_methods,
    };

    nb_lclass_new(L, class_name, methods, metamethods);
    lua_getfield(L, -1, "__index");
    for (size_t i = 0; i < NB_COUNTOF(more); i++) {
        luaL_setfuncs(L, more[i], 0);
    }
    lua_pop(L, 1);
    nb_lua_of(L)->socket_class = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_createtable(L, 0, ENTRIES);
    luaL_setfuncs(L, nb_lmake_functions, 0);
    nb_lmake_unix(L);
    luaL_setfuncs(L, nb_lconnect_functions, 0);
    nb_lresolve_open(L);
    luaL_setfuncs(L, nb_lselect_functions, 0);
    luaL_setfuncs(L, nb_lrelay_functions, 0);
    luaL_setfuncs(L, nb_lsocketinfo_functions, 0);
    nb_loption_constants(L);
}
