/*
 * socket.relay(): bytes both ways between two sockets, without the script.
 *
 * net/relay does it, in tasks of its own; the thread waits for the end. What
 * ends the wait earlier, a cancellation or the time-out of all, stops it.
 */
#include <errno.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/extra.h"
#include "net/relay.h"
#include "util/err.h"

static const char class_name[] = "relay";

/* What the call keeps on the stack over its wait, behind its arguments. */
enum { ARGS = 2, RELAY };

static int relay_gc(lua_State *L)
{
    nb_relay_stop(luaL_checkudata(L, 1, class_name));
    return 0;
}

/* The stream at `arg`; raises if it is something else. */
static struct nb_socket *check_stream(lua_State *L, int arg)
{
    struct nb_socket *sock = nb_lsocket_check(L, arg);

    luaL_argcheck(L, sock->type == SOCK_STREAM, arg,
                  "a stream socket expected, got one for datagrams");
    return sock;
}

/* Makes the relay, which keeps its sockets from being collected. */
static struct nb_relay *begin(lua_State *L, struct nb_lua *lua)
{
    struct nb_socket *a = check_stream(L, 1);
    struct nb_socket *b = check_stream(L, 2);

    luaL_argcheck(L, a != b, 2, "a socket cannot be relayed to itself");
    nb_lua_check_open(L, lua);
    lua_settop(L, ARGS);
    struct nb_relay *relay = lua_newuserdatauv(L, sizeof *relay, ARGS);
    nb_relay_init(relay, &lua->relays, a, b);
    for (int arg = 1; arg <= ARGS; arg++) {
        lua_pushvalue(L, arg);
        lua_setiuservalue(L, RELAY, arg);
    }
    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, relay_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, RELAY);
    return relay;
}

/* The deadline of the whole call, by the sockets' total time-outs. */
static int64_t deadline_of(const struct nb_relay *relay)
{
    const struct nb_socket *a = relay->sides[0].sock;
    int64_t first = nb_extra_of(a)->total;
    int64_t total = nb_extra_of(relay->sides[1].sock)->total;

    if (total < 0 || (first >= 0 && first < total))
        total = first;
    return total < 0 ? NB_NEVER : nb_loop_now(a->net->rt->loop) + total;
}

/* Starts it and waits for the end. Returns where there is nothing to wait. */
static int start(lua_State *L, struct nb_lthread *t, struct nb_relay *relay)
{
    nb_lwait_check(L, t);
    int rc = nb_relay_start(relay);

    if (rc != NB_WANT_READ)
        return rc;
    t->call.on_cancel = NB_CALL_CATCHES;
    return nb_lwait(L, t,
                    &(struct nb_wait){
                        .queue = &relay->waiters,
                        .deadline = deadline_of(relay),
                        .what = "relay",
                        .object = relay->sides[0].sock,
                    });
}

/*
 * socket.relay(a, b) -> bytes from a to b, bytes from b to a | nil, message,
 * code, and both numbers. May wait.
 */
static int socket_relay(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);
    bool again = nb_lwait_is_again(lua->current, socket_relay);
    struct nb_relay *relay = again ? lua_touserdata(L, RELAY) : begin(L, lua);
    struct nb_lthread *t = nb_lwait_enter(L, socket_relay);
    int rc = t->call.again ? t->call.wake : start(L, t, relay);

    nb_relay_stop(relay);
    if (rc == -ECANCELED)
        nb_lwait_raise(L, t);
    nb_lwait_leave(t);
    if (rc == 0)
        rc = relay->status;
    int results = rc < 0 ? nb_fail(L, "relay", NULL, rc) : 0;
    for (int i = 0; i < 2; i++)
        lua_pushinteger(L, (lua_Integer)relay->ways[i].moved);
    return results + 2;
}

const luaL_Reg nb_lrelay_functions[] = {
    {"relay", socket_relay},
    {NULL, NULL},
};
