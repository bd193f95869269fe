/* What the primitives of the library thread share: see lsync.h. */
#include "bind/lsync.h"

#include <errno.h>

#include "bind/libs.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"

bool nb_lsync_is_try(lua_State *L, int arg)
{
    if (lua_isboolean(L, arg))
        return !lua_toboolean(L, arg);
    return lua_type(L, arg) == LUA_TNUMBER && lua_tonumber(L, arg) == 0;
}

int64_t nb_lsync_deadline(lua_State *L, int arg)
{
    if (lua_isboolean(L, arg))
        return NB_NEVER;
    return nb_lwait_deadline(L, nb_lua_of(L), arg);
}

struct nb_lthread *nb_lsync_enter(lua_State *L, lua_CFunction function, int arg)
{
    int64_t deadline = nb_lsync_deadline(L, arg);
    struct nb_lthread *t = nb_lwait_enter(L, function);
    if (!t->call.again)
        t->call.deadline = deadline;
    return t;
}

int nb_lsync_wait(lua_State *L, struct nb_lthread *t, int arg,
                  struct nb_wait *wait)
{
    if (nb_lsync_is_try(L, arg))
        return -ETIMEDOUT;
    wait->deadline = t->call.deadline;
    return nb_lwait(L, t, wait);
}

void nb_lsync_open(lua_State *L, struct nb_lua *lua)
{
    nb_lbarrier_open(L, lua);
    nb_lcondition_open(L, lua);
    nb_levent_open(L, lua);
    nb_llock_open(L, lua);
    nb_lqueue_open(L, lua);
    nb_lsemaphore_open(L, lua);
}
