/* The limits of a program: see limits.h. */
#include "app/limits.h"

#include <stdio.h>

#include "bind/llimit.h"
#include "bind/state.h"
#include "net/console.h"

bool nb_limits_take(struct nb_limits *limits, enum nb_limit limit,
                    const char *value)
{
    if (value != NULL && nb_limit_set(limits, limit, value) == 0)
        return true;
    if (value == NULL)
        fprintf(stderr, "netbox: option '%s' needs %s (try 'netbox --help')\n",
                nb_limit_flag(limit), nb_limit_form(limit));
    else
        fprintf(stderr,
                "netbox: option '%s' needs %s, not '%s' "
                "(try 'netbox --help')\n",
                nb_limit_flag(limit), nb_limit_form(limit), value);
    return false;
}

int nb_limits_keep(struct nb_limits_keeper *keeper,
                   const struct nb_limits *limits, struct nb_lua *lua)
{
    int rc = nb_watchdog_start(&keeper->watchdog, limits, &nb_llimit_host, lua);

    if (rc < 0)
        return rc;
    nb_memory_start(&keeper->memory, &keeper->watchdog);
    lua->watchdog = &keeper->watchdog;
    lua->memory = &keeper->memory;
    lua->console->watchdog = &keeper->watchdog;
    return 0;
}

void nb_limits_release(struct nb_limits_keeper *keeper, struct nb_lua *lua)
{
    lua->console->watchdog = NULL;
    lua->watchdog = NULL;
    lua->memory = NULL;
    nb_memory_stop(&keeper->memory);
    nb_watchdog_stop(&keeper->watchdog);
}
