/* Who is told of the failure of a thread: see lfailure.h. */
#include "bind/lfailure.h"

#include <lauxlib.h>

#include "bind/lthread.h"
#include "bind/report.h"
#include "bind/state.h"

bool nb_lfailure_is_told(const struct nb_lthread *t)
{
    return t->reported || t->taken;
}

void nb_lfailure_print(lua_State *L, struct nb_lthread *t)
{
    if (nb_lfailure_is_told(t))
        return;
    t->reported = true;
    t->lua->failures++;
    nb_report_failure(L, t);
}

void nb_lfailure_tell(struct nb_lthread *t)
{
    t->taken = true;
    if (!t->reported)
        return;
    t->reported = false;
    t->lua->failures--;
}

void nb_lfailure_push(lua_State *L, struct nb_lthread *t)
{
    if (t->results == 0) {
        lua_pushliteral(L, "not enough memory"); /* it was broken off */
        return;
    }
    if (!lua_checkstack(t->co, 1))
        luaL_error(L, "not enough memory");
    lua_pushvalue(t->co, -1);
    lua_xmove(t->co, L, 1);
}
