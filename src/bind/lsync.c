/* What the primitives of the library thread share: see lsync.h. */
#include "bind/lsync.h"

#include <errno.h>
#include <stdbool.h>

#include "bind/lclass.h"
#include "bind/libs.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"

static const char *const names[] = {
    [NB_LSYNC_BARRIER] = "barrier", [NB_LSYNC_CONDITION] = "condition",
    [NB_LSYNC_EVENT] = "event",     [NB_LSYNC_LOCK] = "lock",
    [NB_LSYNC_QUEUE] = "queue",     [NB_LSYNC_SEMAPHORE] = "semaphore",
};

/* What an object begins with: says of which kind it is. */
struct mark {
    const char *const *name;
};

void nb_lsync_define(lua_State *L, enum nb_lsync_kind kind,
                     const struct nb_lsync_class *class)
{
    const luaL_Reg metamethods[] = {
        {class->close == NULL ? NULL : "__close", class->close},
        {NULL, NULL},
    };

    nb_lclass_new(L, names[kind], class->methods, metamethods);
    lua_pop(L, 1);
    luaL_setfuncs(L, class->functions, 0);
}

void *nb_lsync_push(lua_State *L, enum nb_lsync_kind kind, size_t size,
                    int values)
{
    struct mark *mark = lua_newuserdatauv(L, sizeof *mark + size, values);

    mark->name = &names[kind];
    luaL_setmetatable(L, names[kind]);
    return mark + 1;
}

/*
 * Any other userdata is smaller, or begins with something else than an address
 * of ours: to look there is a quarter of what Lua's own check takes, which is
 * left to say what is wrong.
 */
void *nb_lsync_check(lua_State *L, int arg, enum nb_lsync_kind kind)
{
    struct mark *mark = lua_touserdata(L, arg);

    if (lua_rawlen(L, arg) < sizeof *mark || mark == NULL ||
        mark->name != &names[kind])
        mark = luaL_checkudata(L, arg, names[kind]);
    return mark + 1;
}

int64_t nb_lsync_deadline(lua_State *L, int arg)
{
    int type = lua_type(L, arg);

    if (type == LUA_TNONE || type == LUA_TNIL)
        return NB_NEVER;
    if (type == LUA_TBOOLEAN)
        return lua_toboolean(L, arg) ? NB_NEVER : NB_LSYNC_TRY;
    if (type == LUA_TNUMBER && lua_tonumber(L, arg) == 0)
        return NB_LSYNC_TRY;
    return nb_lwait_deadline(L, nb_lua_of(L), arg);
}

struct nb_lthread *nb_lsync_enter(lua_State *L, lua_CFunction function, int arg)
{
    if (nb_lwait_is_again(nb_lua_of(L)->current, function))
        return nb_lwait_enter(L, function);
    int64_t deadline = nb_lsync_deadline(L, arg);
    struct nb_lthread *t = nb_lwait_enter(L, function);
    t->call.deadline = deadline;
    return t;
}

int nb_lsync_wait(lua_State *L, struct nb_lthread *t, struct nb_wait *wait)
{
    if (t->call.deadline == NB_LSYNC_TRY)
        return -ETIMEDOUT;
    wait->deadline = t->call.deadline;
    return nb_lwait(L, t, wait);
}

void nb_lsync_open(lua_State *L)
{
    nb_lbarrier_open(L);
    nb_lcondition_open(L);
    nb_levent_open(L);
    nb_llock_open(L);
    nb_lqueue_open(L);
    nb_lsemaphore_open(L);
}
