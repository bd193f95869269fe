/*
 * `require`, as in Lua, but a module may wait while it loads.
 *
 * Lua's own calls the loader in a way that cannot be suspended. Here a module
 * that is being loaded has an owner: another thread that requires it waits
 * until it is there, unless the owner waits for that thread; the owner itself
 * gets what plain Lua gives. Modules of netbox are found last, so that a file
 * beside the script comes first.
 */
#include <lauxlib.h>
#include <string.h>

#include "bind/libs.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/obstacle.h"
#include "bind/state.h"
#include "core/loop.h"

static const char class_name[] = "loading";
static const char loading_key = 'l'; /* registry: name -> struct loading */

/* Of a module by itself: without waits Lua's C stack is full before. */
enum { MAX_LOADS = 200 };

/* Lives on the stack of who loads; its user values: the name, the owner. */
struct loading {
    struct nb_list waiters;
    struct nb_lthread *owner;
    int loads; /* by the owner, one inside the other */
};

/* Stack slots of a call: the name, the table of what is loaded. */
enum { NAME = 1, LOADED = 2, LOADING = 3 };

/* Asks each searcher; leaves loader and loader data, or raises. */
static void find_loader(lua_State *L, const char *name)
{
    luaL_Buffer tried;

    if (lua_getfield(L, lua_upvalueindex(1), "searchers") != LUA_TTABLE)
        luaL_error(L, "'package.searchers' must be a table");
    int searchers = lua_gettop(L);
    luaL_buffinit(L, &tried);
    for (int i = 1;; i++) {
        luaL_addstring(&tried, "\n\t");
        if (lua_rawgeti(L, searchers, i) == LUA_TNIL) {
            lua_pop(L, 1);
            luaL_buffsub(&tried, 2);
            luaL_pushresult(&tried);
            luaL_error(L, "module '%s' not found:%s", name,
                       lua_tostring(L, -1));
        }
        lua_pushstring(L, name);
        lua_call(L, 1, 2);
        if (lua_isfunction(L, -2)) {
            lua_remove(L, searchers);
            return;
        }
        lua_pop(L, 1);
        if (lua_isstring(L, -1)) {
            luaL_addvalue(&tried);
        } else {
            lua_pop(L, 1);
            luaL_buffsub(&tried, 2);
        }
    }
}

/* The record of a module that is loading; NULL if none is. */
static struct loading *find_loading(lua_State *L, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &loading_key);
    lua_getfield(L, -1, name);
    struct loading *loading = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return loading;
}

/* Makes the current thread the owner; the record goes to slot LOADING. */
static void begin_loading(lua_State *L, const char *name)
{
    struct loading *loading = lua_newuserdatauv(L, sizeof *loading, 2);

    nb_list_init(&loading->waiters);
    loading->owner = nb_lua_of(L)->current;
    loading->loads = 0;
    lua_pushvalue(L, NAME);
    lua_setiuservalue(L, -2, 1);
    if (loading->owner != NULL) {
        nb_lthread_push(L, loading->owner);
        lua_setiuservalue(L, -2, 2);
        loading->owner->held++;
    }
    luaL_setmetatable(L, class_name);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &loading_key);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    lua_toclose(L, LOADING);
}

/*
 * The module is there or has failed, or the coroutine that loads it was
 * collected: those who waited may look again.
 */
static int end_loading(lua_State *L)
{
    struct loading *loading = luaL_checkudata(L, 1, class_name);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &loading_key);
    lua_getiuservalue(L, 1, 1);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TUSERDATA && lua_rawequal(L, -1, 1)) {
        lua_pop(L, 1);
        lua_pushnil(L);
        lua_rawset(L, -3);
    }
    nb_waiter_complete_all(&loading->waiters, 0);
    return 0;
}

/* Stack: name, loaded, (record,) loader data, result of the loader. */
static int loaded(lua_State *L, int status, lua_KContext context)
{
    const char *name = lua_tostring(L, NAME);

    (void)status;
    (void)context;
    if (!lua_isnil(L, -1))
        lua_setfield(L, LOADED, name);
    else
        lua_pop(L, 1);
    if (lua_getfield(L, LOADED, name) == LUA_TNIL) {
        lua_pushboolean(L, true);
        lua_copy(L, -1, -2);
        lua_setfield(L, LOADED, name);
    }
    lua_insert(L, -2);
    return 2;
}

static int require(lua_State *L);

/* True if the module will be there only when `me` has loaded what it loads. */
static bool is_loop(const struct loading *loading, const struct nb_lthread *me)
{
    const struct nb_lthread *owner = loading->owner;

    while (owner != me && owner->call.function == require &&
           owner->task.state == NB_TASK_WAITING) {
        loading = owner->task.waiter.object;
        owner = loading->owner;
    }
    return owner == me;
}

static int raise_loop(lua_State *L)
{
    return luaL_error(L, "loop while loading module '%s'",
                      lua_tostring(L, NAME));
}

/* Another thread is loading the module: when it is done, look again. */
static int wait_for(lua_State *L, struct loading *loading)
{
    if (is_loop(loading, nb_lua_of(L)->current))
        return raise_loop(L);
    lua_settop(L, NAME);
    return nb_lwait(L, nb_lwait_enter(L, require),
                    &(struct nb_wait){
                        .queue = &loading->waiters,
                        .deadline = NB_NEVER,
                        .what = "a module that is loading",
                        .object = loading,
                        .holder = &loading->owner->task.id,
                    });
}

static int require(lua_State *L)
{
    const char *name = luaL_checkstring(L, NAME);
    struct nb_lthread *me = nb_lua_of(L)->current;

    if (nb_lwait_is_again(me, require))
        nb_lwait_leave(nb_lwait_enter(L, require));
    lua_settop(L, NAME);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, LOADED, name);
    if (lua_toboolean(L, -1))
        return 1;
    lua_pop(L, 1);
    struct loading *loading = find_loading(L, name);
    if (loading != NULL && loading->owner != me && me != NULL)
        return wait_for(L, loading);
    if (loading == NULL)
        begin_loading(L, name);
    else if (++loading->loads > MAX_LOADS)
        return raise_loop(L);
    find_loader(L, name);
    lua_insert(L, -2);
    lua_pushvalue(L, NAME);
    lua_pushvalue(L, -3);
    lua_callk(L, 2, 1, 0, loaded);
    return loaded(L, LUA_OK, 0);
}

static int return_upvalue(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* A searcher for the modules that netbox brings along. */
static int search_own(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);

    if (lua_getfield(L, lua_upvalueindex(1), name) == LUA_TNIL)
        return 1;
    if (!lua_iscfunction(L, -1))
        lua_pushcclosure(L, return_upvalue, 1);
    lua_pushliteral(L, ":netbox:");
    return 2;
}

/* Stack: the table of netbox's modules. */
static void add_searcher(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, search_own, 1);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 2);
}

void nb_lrequire_open(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loading_key);
    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, end_loading);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, end_loading);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);

    nb_obstacle_except(L, require, "require");
    add_searcher(L);
    lua_getglobal(L, "package");
    lua_pushcclosure(L, require, 1);
    lua_setglobal(L, "require");
}
