/* The second wall, put up before a script begins: see wall.h. */
#include "app/wall.h"

#include <stdio.h>

#include "app/options.h"
#include "app/prompt.h"
#include "app/run.h"
#include "bind/state.h"
#include "guard/kernel.h"
#include "net/gate.h"

/* What is wanted, and not there. */
static const char *what_is_missing(const struct nb_kernel *kernel)
{
    bool no_files = kernel->wants_files && !kernel->files;

    if (!kernel->calls && no_files)
        return "seccomp and Landlock";
    return no_files ? "Landlock" : "seccomp";
}

/* Returns an exit status where the wall was required. */
static int complain(const struct nb_kernel *kernel, bool required)
{
    if (!kernel->wants_calls) {
        if (required)
            fputs("netbox: --require-kernel-sandbox: with everything allowed, "
                  "modules in C included, there is none\n",
                  stderr);
        return required ? NB_STATUS_USAGE : 0;
    }
    if (kernel->calls && kernel->files >= kernel->wants_files)
        return 0;
    fprintf(stderr,
            required
                ? "netbox: --require-kernel-sandbox: this system lacks %s "
                  "(netbox --doctor says more)\n"
                : "netbox: this system lacks %s, so only netbox itself guards "
                  "it from the script (netbox --doctor says more)\n",
            what_is_missing(kernel));
    return required ? NB_STATUS_USAGE : 0;
}

int nb_wall_enter(const struct nb_lua *lua, const struct nb_options *options)
{
    if (options->policy == NULL)
        return 0;
    const struct nb_kernel_needs needs = {
        .asks = !options->no_prompt && nb_prompt_is_possible(),
        .raw_echo = nb_gate_echo_is_raw(lua->net),
        .file = options->stats ? "/proc/self/status" : NULL,
    };
    struct nb_kernel kernel;

    if (nb_kernel_enter(&kernel, options->policy, &needs) < 0) {
        fputs("netbox: not enough memory\n", stderr);
        return NB_STATUS_LIMIT;
    }
    return complain(&kernel, options->require_kernel);
}
