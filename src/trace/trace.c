/* The trace of a program: see trace.h. */
#include "trace/trace.h"

#include <errno.h>
#include <unistd.h>

#include "core/loop.h"
#include "trace/filter.h"
#include "trace/sink.h"

/* An event goes to the sinks whose filters let it pass. */
static void take(void *context, const struct nb_trace_event *event)
{
    struct nb_trace *trace = context;
    uint32_t scribed = 0;

    for (int i = 0; i < NB_TRACE_OUTPUTS; i++) {
        const struct nb_trace_output *output = &trace->outputs[i];
        if (!output->used || (output->filter != NULL &&
                              !nb_trace_filter_match(output->filter, event)))
            continue;
        if (output->sink != NULL)
            output->sink->ops->take(output->sink, event);
        else
            scribed |= UINT32_C(1) << output->scribed;
    }
    if (scribed != 0)
        nb_scribe_take(&trace->scribe, scribed, event);
}

static void describe(void *context, int fd, struct nb_facts *facts, bool all)
{
    const struct nb_trace *trace = context;

    trace->describe(trace->context, fd, facts, all);
}

void nb_trace_init(struct nb_trace *trace, struct nb_bus *bus,
                   struct nb_loop *loop, nb_describe_fn describe_fn,
                   void *context)
{
    *trace = (struct nb_trace){
        .bus = bus,
        .loop = loop,
        .describe = describe_fn,
        .context = context,
        .began = nb_loop_now(loop),
        .wall = nb_loop_wall(loop),
    };
}

int nb_trace_prepare(struct nb_trace *trace, void (*confine)(void))
{
    int rc = nb_scribe_start(&trace->scribe, confine);

    trace->has_scribe = rc == 0;
    return rc;
}

/* The number of an output that is free, or a negative errno. */
static int find_free(const struct nb_trace *trace)
{
    for (int i = 0; i < NB_TRACE_OUTPUTS; i++) {
        if (!trace->outputs[i].used)
            return i;
    }
    return -EMFILE;
}

/* Listens to the bus if nobody does yet. Returns 0 or -ENOMEM. */
static int listen_in(struct nb_trace *trace)
{
    const struct nb_observer_host host = {describe, take, trace};
    int rc = 0;

    if (!trace->observing)
        rc = nb_observer_begin(&trace->observer, trace->bus, &host,
                               trace->began);
    trace->observing = rc == 0;
    return rc;
}

/* Listens no longer if nobody is to be told. */
static void rest(struct nb_trace *trace)
{
    if (trace->used > 0 || !trace->observing)
        return;
    nb_observer_end(&trace->observer);
    trace->observing = false;
}

static void free_filter(struct nb_trace_filter *filter, bool by_script)
{
    if (by_script)
        nb_trace_filter_free(filter);
}

/* Gives up a file that was to be added. Passes `rc` on. */
static int give_up(const struct nb_trace_file *file, int rc)
{
    close(file->fd);
    free_filter(file->filter, file->by_script);
    return rc;
}

/* Makes the output, in this process or by the scribe. */
static int add(struct nb_trace *trace, const struct nb_trace_file *file,
               enum nb_trace_format format, bool near)
{
    struct nb_trace_options options = file->options;
    struct nb_trace_output made = {
        .used = true, .filter = file->filter, .by_script = file->by_script};
    int at = find_free(trace);
    int rc = at < 0 ? at : listen_in(trace);

    if (rc < 0)
        return give_up(file, rc);
    options.began = trace->wall;
    made.scribed = -1;
    if (!near)
        made.scribed = nb_scribe_add(&trace->scribe, file->fd, file->name,
                                     format, &options);
    if (made.scribed < 0)
        made.sink = nb_trace_sink_new(format, file->fd, &options);
    if (made.scribed < 0 && made.sink == NULL) {
        free_filter(file->filter, file->by_script);
        rest(trace);
        return -ENOMEM;
    }
    trace->outputs[at] = made;
    trace->used++;
    return at;
}

int nb_trace_add(struct nb_trace *trace, const struct nb_trace_file *file)
{
    return add(trace, file, nb_trace_format_of(file->name), !trace->has_scribe);
}

int nb_trace_show(struct nb_trace *trace, const struct nb_trace_file *file)
{
    return add(trace, file, NB_TRACE_TEXT, true);
}

/* Finishes an output. 0, or the error of a write that failed. */
static int finish(struct nb_trace *trace, int at)
{
    struct nb_trace_output *output = &trace->outputs[at];
    int rc = 0;

    if (!output->used)
        return 0;
    if (output->sink != NULL)
        rc = output->sink->ops->finish(output->sink);
    else
        rc = nb_scribe_remove(&trace->scribe, output->scribed);
    free_filter(output->filter, output->by_script);
    output->used = false;
    trace->used--;
    rest(trace);
    return rc;
}

int nb_trace_remove_script(struct nb_trace *trace)
{
    int rc = 0;

    for (int i = 0; i < NB_TRACE_OUTPUTS; i++) {
        int result = trace->outputs[i].by_script ? finish(trace, i) : 0;
        if (rc == 0)
            rc = result;
    }
    return rc;
}

void nb_trace_mark(struct nb_trace *trace, uint64_t thread, const char *text,
                   size_t len)
{
    if (!nb_bus_heard(trace->bus))
        return;
    if (len > NB_TRACE_MARK_MAX)
        len = NB_TRACE_MARK_MAX;
    nb_bus_publish(trace->bus, &(struct nb_event){
                                   .kind = NB_EVENT_MARK,
                                   .fd = -1,
                                   .time = nb_loop_now(trace->loop),
                                   .task = thread,
                                   .data = text,
                                   .len = len,
                               });
}

void nb_trace_finish(struct nb_trace *trace)
{
    for (int i = 0; i < NB_TRACE_OUTPUTS; i++)
        finish(trace, i);
    if (trace->has_scribe)
        nb_scribe_finish(&trace->scribe);
    trace->has_scribe = false;
}
