/* netbox: the command. */
#include <stdio.h>

#include "app/doctor.h"
#include "app/options.h"
#include "app/permissions.h"
#include "app/run.h"
#include "guard/policy.h"
#include "net/console.h"
#include "util/alloc.h"

int main(int argc, char **argv)
{
    struct nb_options options;
    int status = NB_STATUS_USAGE;

    nb_alloc_init();
    if (nb_console_guard() < 0)
        return NB_STATUS_ERROR;
    nb_options_parse(&options, argc, argv);
    switch (options.action) {
    case NB_ACTION_RUN:
        status = nb_run(&options);
        break;
    case NB_ACTION_HELP:
        status = fputs(nb_options_help, stdout) < 0 ? NB_STATUS_ERROR : 0;
        break;
    case NB_ACTION_VERSION:
        status = puts("netbox " NETBOX_VERSION " (Lua 5.4)") < 0
                     ? NB_STATUS_ERROR
                     : 0;
        break;
    case NB_ACTION_PERMISSIONS:
        status = nb_permissions_show(options.policy) < 0 ? NB_STATUS_ERROR : 0;
        break;
    case NB_ACTION_DOCTOR:
        status = nb_doctor_run();
        break;
    case NB_ACTION_USAGE:
        fputs(nb_options_usage, stderr);
        break;
    case NB_ACTION_WRONG:
        break;
    }
    nb_free(options.code);
    nb_policy_free(options.policy);
    nb_traceopts_deinit(&options.trace);
    return status;
}
