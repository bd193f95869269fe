/* The threads of a program, to their end: see program.h. */
#include "app/program.h"

#include <errno.h>
#include <stdbool.h>

#include "app/run.h"
#include "app/signal.h"
#include "bind/report.h"
#include "bind/state.h"

static int report_deadlock(lua_State *L)
{
    nb_report_deadlock(L, lua_touserdata(L, 1));
    return 0;
}

/* Every thread waits for another: says so, and ends them. */
static void break_deadlock(struct nb_lua *lua)
{
    lua_pushcfunction(lua->L, report_deadlock);
    lua_pushlightuserdata(lua->L, lua);
    if (lua_pcall(lua->L, 1, 0, 0) != LUA_OK) {
        nb_report_line(lua_tostring(lua->L, -1));
        lua_pop(lua->L, 1);
    }
    nb_runtime_stop(&lua->rt);
    nb_runtime_run(&lua->rt);
}

int nb_program_run(struct nb_lua *lua)
{
    bool deadlock = nb_runtime_run(&lua->rt) == -EDEADLK;

    if (deadlock)
        break_deadlock(lua);
    if (nb_signal_caught() != 0)
        return 128 + nb_signal_caught();
    if (lua->exhausted)
        return NB_STATUS_LIMIT;
    return deadlock || lua->failures > 0 ? NB_STATUS_ERROR : 0;
}
