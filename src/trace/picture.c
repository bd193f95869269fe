/* A ladder, drawn at the end: see picture.h. */
#include "trace/picture.h"

#include <string.h>

#include "trace/keep.h"
#include "trace/ladder.h"
#include "trace/sink.h"
#include "util/alloc.h"
#include "util/list.h"

struct picture {
    struct nb_trace_sink sink;
    struct nb_keep keep;
    nb_picture_fn draw;
};

static struct picture *picture_of(struct nb_trace_sink *sink)
{
    return NB_CONTAINER_OF(sink, struct picture, sink);
}

static void take(struct nb_trace_sink *sink, const struct nb_trace_event *event)
{
    nb_keep_take(&picture_of(sink)->keep, event);
}

/* What the picture is called: the script's name without its folders. */
static const char *title_of(const struct nb_trace_options *options)
{
    const char *title = options->title != NULL ? options->title : "netbox";
    const char *slash = strrchr(title, '/');

    return slash != NULL ? slash + 1 : title;
}

static int finish(struct nb_trace_sink *sink)
{
    struct picture *picture = picture_of(sink);
    struct nb_ladder ladder;

    nb_ladder_make(&ladder, &picture->keep, sink->options.stable);
    picture->draw(&sink->out, &ladder, title_of(&sink->options));
    nb_ladder_free(&ladder);
    nb_keep_deinit(&picture->keep);
    int rc = nb_out_close(&sink->out);
    nb_free(picture);
    return rc;
}

struct nb_trace_sink *nb_picture_new(int fd,
                                     const struct nb_trace_options *options,
                                     nb_picture_fn draw)
{
    static const struct nb_trace_sink_ops ops = {take, finish};
    struct picture *picture =
        nb_trace_sink_begin(sizeof *picture, fd, options, &ops);

    if (picture == NULL)
        return NULL;
    nb_keep_init(&picture->keep, options->bytes);
    picture->draw = draw;
    return &picture->sink;
}
