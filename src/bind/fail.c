/* Errors in words: see fail.h. */
#include "bind/fail.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "bind/lextra.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "guard/policy.h"
#include "net/net.h"
#include "util/alloc.h"
#include "util/err.h"

/* LuaSocket's words where they differ from the C library's. */
static const char *luasocket_message(int err)
{
    switch (err) {
    case NB_EOF:
    case -EBADF:
    case -EPIPE:
    case -ECONNRESET:
    case -ECONNABORTED:
        return "closed";
    case -ETIMEDOUT:
    case -EAGAIN:
    case -EINPROGRESS:
    case NB_WANT_READ:
    case NB_WANT_WRITE:
        return "timeout";
    case -ECONNREFUSED:
        return "connection refused";
    case -EADDRINUSE:
        return "address already in use";
    case -EISCONN:
        return "already connected";
    case -EACCES:
    case -EPERM:
        return "permission denied";
    case NB_ENOTALLOWED:
        return "not allowed";
    case -ENAMETOOLONG:
        return "path too long";
    case NB_EAI_NONAME:
        return "host or service not provided, or not known";
    case NB_EAI_AGAIN:
        return "temporary failure in name resolution";
    case NB_EAI_FAIL:
        return "non-recoverable failure in name resolution";
    case NB_EAI_FAMILY:
        return "ai_family not supported";
    case NB_EAI_SERVICE:
        return "service not supported for socket type";
    case NB_ETOOMANY:
        return "too many open sockets (--max-sockets)";
    default:
        return NULL;
    }
}

const char *nb_fail_message(int err)
{
    const char *message = luasocket_message(err);
    if (message != NULL)
        return message;
    message = strerrordesc_np(-err);
    return message != NULL ? message : "Unknown error";
}

/* The thread keeps its failure itself; without memory it is forgotten. */
static void hand_back(const struct nb_fail_latest *latest)
{
    struct nb_lextra *extra =
        latest->t == NULL ? NULL : nb_lextra_of(latest->t);

    if (extra == NULL)
        return;
    if (extra->failure == NULL)
        extra->failure = nb_malloc(sizeof *extra->failure);
    if (extra->failure != NULL)
        *extra->failure = latest->failure;
}

void nb_fail_note(lua_State *L, const char *call, const struct nb_addr *addr,
                  int err)
{
    struct nb_lua *lua = nb_lua_of(L);
    struct nb_fail_latest *latest = &lua->latest;

    if (lua->current == NULL)
        return;
    if (latest->t != lua->current)
        hand_back(latest);
    latest->t = lua->current;
    latest->failure.err = err;
    latest->failure.call = call;
    latest->failure.addr[0] = '\0';
    if (addr != NULL)
        nb_addr_format(addr, latest->failure.addr);
}

const struct nb_failure *nb_fail_last(const struct nb_lthread *t)
{
    const struct nb_fail_latest *latest = &nb_lua_at(t)->latest;

    if (latest->t == t)
        return &latest->failure;
    return t->extra == NULL ? NULL : t->extra->failure;
}

void nb_fail_forget(const struct nb_lthread *t)
{
    struct nb_fail_latest *latest = &nb_lua_at(t)->latest;

    if (latest->t == t)
        latest->t = NULL;
}

void nb_fail_push_message(lua_State *L, int err)
{
    const struct nb_policy *policy = nb_lua_of(L)->net->policy;

    if (err == NB_ENOTALLOWED && policy != NULL)
        lua_pushstring(L, nb_policy_refusal(policy));
    else
        lua_pushstring(L, nb_fail_message(err));
}

int nb_fail_push(lua_State *L, int err)
{
    luaL_pushfail(L);
    nb_fail_push_message(L, err);
    lua_pushstring(L, nb_err_name(err));
    return 3;
}

int nb_fail(lua_State *L, const char *call, const struct nb_addr *addr, int err)
{
    nb_fail_note(L, call, addr, err);
    return nb_fail_push(L, err);
}
