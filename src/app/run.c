/*
 * One program: see run.h. The only place that names a loop and a backend.
 */
#include "app/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "app/limits.h"
#include "app/options.h"
#include "app/program.h"
#include "app/prompt.h"
#include "app/script.h"
#include "app/signal.h"
#include "app/stats.h"
#include "app/tracing.h"
#include "bind/report.h"
#include "bind/state.h"
#include "core/loop.h"
#include "core/loop_ev.h"
#include "net/console.h"
#include "net/net.h"
#include "net/posix.h"

/* As many descriptors as the system lets us have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Output that could not be written must not look like success. */
static int check_output(struct nb_console *console, int status)
{
    int err = nb_console_flush(console);

    if (err == -EPIPE)
        return NB_STATUS_PIPE;
    if (err < 0) {
        fprintf(stderr, "netbox: standard output: %s\n", strerror(-err));
        return status == 0 ? NB_STATUS_ERROR : status;
    }
    return status;
}

/* Runs the script under limits that are being kept. */
static int run_limited(struct nb_lua *lua, struct nb_net *net,
                       const struct nb_options *options)
{
    struct nb_console *console = lua->console;
    struct nb_stats stats = {.lua = NULL};
    struct nb_prompt prompt = {.lua = NULL};
    int status = NB_STATUS_LIMIT;

    if (nb_lua_open(lua, net, console) < 0) {
        nb_memory_give_up(lua->memory);
        nb_report_line("not enough memory");
    } else {
        if (options->warn)
            nb_lwarn_all(lua);
        if (!options->no_prompt)
            nb_prompt_begin(&prompt, lua);
        nb_signal_catch(lua);
        status = nb_script_start(lua, options);
        if (status == 0 && options->stats)
            nb_stats_begin(&stats, lua, console);
        if (status == 0)
            status = nb_program_run(lua);
        nb_lua_close(lua);
        nb_prompt_end(&prompt);
        nb_signal_release();
        status = check_output(console, status);
        nb_stats_end(&stats);
    }
    return status;
}

/* Says why netbox cannot even begin. */
static int cannot_start(int err)
{
    fprintf(stderr, "netbox: cannot start: %s\n", strerror(-err));
    return err == -ENOMEM ? NB_STATUS_LIMIT : NB_STATUS_ERROR;
}

static int run_script(struct nb_lua *lua, struct nb_net *net,
                      const struct nb_options *options)
{
    struct nb_limits_keeper keeper;
    struct nb_console console;

    nb_console_init(&console, &lua->rt);
    lua->console = &console;
    net->limits = &options->limits;
    int err = nb_limits_keep(&keeper, &options->limits, lua);
    int status = err < 0 ? cannot_start(err) : run_limited(lua, net, options);
    nb_tracing_end(lua->trace, lua); /* may wait for who reads it */
    if (err == 0)
        nb_limits_release(&keeper, lua);
    nb_console_deinit(&console);
    return status;
}

/* Runs the script; what its sockets carry is shown, if somebody wants it. */
static int run_traced(struct nb_lua *lua, struct nb_net *net,
                      const struct nb_options *options)
{
    struct nb_trace trace;
    int status = nb_tracing_begin(&trace, lua, net, options);

    if (status == 0)
        return run_script(lua, net, options);
    nb_tracing_end(&trace, lua);
    return status;
}

int nb_run(const struct nb_options *options)
{
    struct nb_loop *loop = NULL;
    struct nb_net *net = NULL;
    struct nb_lua lua;

    raise_descriptor_limit();
    int err = nb_loop_ev_new(&loop);
    if (err < 0)
        return cannot_start(err);
    nb_lua_init(&lua, loop);
    err = nb_posix_new(&net, &lua.rt);
    if (err == 0)
        net->policy = options->policy;
    int status = err < 0 ? cannot_start(err) : run_traced(&lua, net, options);
    if (net != NULL)
        net->ops->free(net);
    nb_loop_free(loop);
    return status;
}
