/*
 * The end of the process, other processes, and the rest of the system: see
 * los.h. Standard output is shared with processes, so what we still hold is
 * written before they get it.
 */
#include "bind/los.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/lio.h"
#include "bind/lstock.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "guard/extent.h"
#include "guard/file.h"

/* io.popen(line [, mode]): Lua's, after standard output was written. */
static int run(lua_State *L)
{
    if (nb_lstock_ask(L, NB_RIGHT_RUN, luaL_checkstring(L, 1)) > 0)
        return 3;
    nb_lio_flush(nb_lua_of(L));
    return nb_lstock_call(L);
}

/* os.execute([line]): without one the answer is whether anything may be run. */
static int os_execute(lua_State *L)
{
    if (!lua_isnoneornil(L, 1))
        return run(L);
    if (nb_extent_has_some(nb_lstock_policy(L), NB_GRANT_RUN))
        return nb_lstock_call(L);
    lua_pushboolean(L, false);
    return 1;
}

/* os.getenv(name) -> value | nil | nil, sentence, number */
static int os_getenv(lua_State *L)
{
    if (nb_lstock_ask(L, NB_RIGHT_ENV, luaL_checkstring(L, 1)) > 0)
        return 3;
    return nb_lstock_call(L);
}

/* os.tmpname() -> name | nil, sentence, number; io.tmpfile() likewise */
static int make_temporary(lua_State *L)
{
    if (nb_lstock_ask(L, NB_RIGHT_WRITE, P_tmpdir) > 0)
        return 3;
    return nb_lstock_call(L);
}

/* os.remove(path) -> true | nil, message, number */
static int os_remove(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int rc = nb_file_remove(nb_lstock_policy(L), path);

    if (rc < 0)
        return nb_lstock_fail_path(L, path, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* os.rename(from, to) -> true | nil, message, number */
static int os_rename(lua_State *L)
{
    const char *from = luaL_checkstring(L, 1);
    const char *to = luaL_checkstring(L, 2);
    int rc = nb_file_rename(nb_lstock_policy(L), from, to);

    if (rc < 0)
        return nb_lstock_fail(L, rc);
    lua_pushboolean(L, true);
    return 1;
}

/*
 * os.setlocale([locale [, category]]): another than "C" would change how
 * netbox itself reads and writes numbers.
 */
static int os_setlocale(lua_State *L)
{
    const char *locale = luaL_optstring(L, 1, NULL);

    if (nb_extent_has_all(nb_lstock_policy(L), NB_GRANT_NATIVE) ||
        locale == NULL || strcmp(locale, "C") == 0)
        return nb_lstock_call(L);
    luaL_pushfail(L);
    lua_pushliteral(L, "another locale is not allowed "
                       "(run again with --allow-native)");
    lua_pushinteger(L, EPERM);
    return 3;
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
        {"execute", os_execute},     {"exit", os_exit},
        {"getenv", os_getenv},       {"remove", os_remove},
        {"rename", os_rename},       {"setlocale", os_setlocale},
        {"tmpname", make_temporary}, {NULL, NULL},
    };
    static const luaL_Reg io[] = {
        {"popen", run},
        {"tmpfile", make_temporary},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_OSLIBNAME, os);
    nb_lstock_replace(L, LUA_IOLIBNAME, io);
}
