/* The trace of a run: see tracing.h. */
#include "app/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/options.h"
#include "app/run.h"
#include "bind/state.h"
#include "guard/file.h"
#include "guard/kernel.h"
#include "guard/policy.h"
#include "guard/rules.h"
#include "net/describe.h"
#include "net/net.h"

/* True if the script may write a file. */
static bool may_write(const struct nb_options *options)
{
    const struct nb_rules *rules =
        nb_policy_rules(options->policy, NB_GRANT_WRITE, false);

    return rules->all || rules->count > 0;
}

/* The name of the script, for the titles of pictures. */
static const char *title_of(const struct nb_options *options)
{
    const char *script = options->script;

    if (script == NULL || strcmp(script, "-") == 0)
        return "netbox";
    const char *slash = strrchr(script, '/');
    return slash == NULL ? script : slash + 1;
}

static int complain(const char *name, int rc)
{
    fprintf(stderr, "netbox: trace '%s': %s\n", name, strerror(-rc));
    return rc == -ENOMEM ? NB_STATUS_LIMIT : NB_STATUS_USAGE;
}

/* Adds the output `name`; NULL is standard error. An exit status. */
static int add(struct nb_trace *trace, const struct nb_trace_request *request,
               const char *name)
{
    const char *said = name == NULL ? "standard error" : name;
    struct nb_trace_file file = {
        .name = said,
        .filter = request->filter,
        .options = name == NULL ? request->screen : request->options,
    };

    file.options.title = trace->options.title;
    file.fd = name == NULL
                  ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
                  : nb_file_open(NULL, name, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.fd < 0)
        return complain(said, name == NULL ? -errno : file.fd);
    int rc =
        name == NULL ? nb_trace_show(trace, &file) : nb_trace_add(trace, &file);
    return rc < 0 ? complain(said, rc) : 0;
}

/*
 * What the scribe reads a script may have made up, if it has broken Lua. It
 * gets the whole wall: its files are open, and it needs nothing else.
 */
static void confine(void)
{
    const struct nb_kernel_needs needs = {.file = NULL};
    struct nb_policy *policy = nb_policy_new();
    struct nb_kernel kernel;
    char wrong[NB_REFUSAL_TEXT];

    if (policy == NULL ||
        nb_policy_take(policy, NB_GRANT_NET, true, NULL, wrong) < 0 ||
        nb_kernel_enter(&kernel, policy, &needs) < 0)
        _exit(EXIT_FAILURE);
    nb_policy_free(policy);
}

int nb_tracing_begin(struct nb_trace *trace, struct nb_lua *lua,
                     struct nb_net *net, const struct nb_options *options)
{
    const struct nb_trace_request *request = &options->trace;
    int status = 0;

    nb_trace_init(trace, &lua->rt.bus, lua->rt.loop, nb_describe, net);
    trace->options = request->options;
    trace->screen = request->screen;
    trace->options.title = trace->screen.title = title_of(options);
    lua->trace = trace;
    int rc = request->count > 0 || may_write(options)
                 ? nb_trace_prepare(trace, confine)
                 : 0;
    if (rc < 0 && request->count > 0)
        return complain("files", rc);
    net->reserved = trace->has_scribe ? trace->scribe.channel : 0;
    if (request->terminal)
        status = add(trace, request, NULL);
    for (size_t i = 0; i < request->count && status == 0; i++)
        status = add(trace, request, request->files[i]);
    return status;
}

void nb_tracing_end(struct nb_trace *trace, struct nb_lua *lua)
{
    nb_trace_finish(trace);
    lua->trace = NULL;
}
