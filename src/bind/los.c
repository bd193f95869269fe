/*
 * The end of the process, and other processes: see los.h. Standard output is
 * shared with these, so what we still hold is written before they get it.
 */
#include "bind/los.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "bind/lio.h"
#include "bind/lstock.h"
#include "bind/lthread.h"
#include "bind/state.h"

/* Runs a function of Lua's after standard output was written. */
static int flush_first(lua_State *L)
{
    nb_lio_flush(nb_lua_of(L));
    return nb_lstock_call(L);
}

/*
 * Closes the state as plain Lua does at its end: first the <close> variables
 * of the main thread, wherever in it we are; then everything is finalized.
 * Nothing may return into Lua after that.
 */
static void close_state(struct nb_lua *lua)
{
    struct nb_list *first = lua->rt.tasks.next;
    struct nb_task *task = NB_CONTAINER_OF(first, struct nb_task, all);

    lua->current = NULL;
    if (first != &lua->rt.tasks && task->id == 1)
        lua_resetthread(nb_lthread_of(task)->co);
    nb_lua_close(lua);
}

/*
 * os.exit([code [, close]]) does not return. A program that a signal has
 * ended says so, whatever its cleaning up wants to say.
 */
static int os_exit(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);
    int status = EXIT_SUCCESS;

    if (lua_isboolean(L, 1))
        status = lua_toboolean(L, 1) ? EXIT_SUCCESS : EXIT_FAILURE;
    else
        status = (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
    if (lua_toboolean(L, 2))
        close_state(lua);
    nb_lio_flush(lua);
    nb_runtime_settle(&lua->rt);
    if (lua->rt.signal != 0)
        status = 128 + lua->rt.signal;
    nb_lua_leave(lua);
    exit(status);
}

void nb_los_open(lua_State *L)
{
    static const luaL_Reg os[] = {
        {"execute", flush_first},
        {"exit", os_exit},
        {NULL, NULL},
    };
    static const luaL_Reg io[] = {
        {"popen", flush_first},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_OSLIBNAME, os);
    nb_lstock_replace(L, LUA_IOLIBNAME, io);
}
