/* The threads of a program, to their end: see program.h. */
#include "app/program.h"

#include <errno.h>
#include <stdbool.h>

#include "app/run.h"
#include "app/signal.h"
#include "bind/roster.h"
#include "bind/state.h"

/* Every thread waits for another: says so, and ends them. */
static void break_deadlock(struct nb_lua *lua)
{
    nb_roster_print_deadlock(lua->L, lua);
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
