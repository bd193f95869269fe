/* Who is told of the failure of a thread: see lfailure.h. */
#include "bind/lfailure.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "bind/lthread.h"
#include "bind/report.h"
#include "bind/state.h"
#include "guard/memory.h"

bool nb_lfailure_is_told(const struct nb_lthread *t)
{
    return t->reported || t->taken;
}

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t tail = strlen(end);

    return len >= tail && memcmp(text + len - tail, end, tail) == 0;
}

/*
 * True if its error is for want of memory: Lua's own, or the system's. What
 * passed it on may have said before where, or what was to be loaded.
 */
static bool is_starved(const struct nb_lthread *t)
{
    size_t len = 0;

    if (lua_type(t->co, -1) != LUA_TSTRING)
        return false;
    const char *text = lua_tolstring(t->co, -1, &len);
    return ends_with(text, len, "not enough memory") ||
           ends_with(text, len, strerror(ENOMEM));
}

void nb_lfailure_print(lua_State *L, struct nb_lthread *t)
{
    if (nb_lfailure_is_told(t))
        return;
    if (is_starved(t))
        nb_memory_give_up(nb_lua_at(t)->memory);
    t->reported = true;
    nb_lua_at(t)->failures++;
    nb_report_failure(L, t);
}

void nb_lfailure_tell(struct nb_lthread *t)
{
    t->taken = true;
    if (!t->reported)
        return;
    t->reported = false;
    nb_lua_at(t)->failures--;
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
