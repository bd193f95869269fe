/* Which format is which: see sink.h. */
#include "trace/sink.h"

#include <string.h>
#include <unistd.h>

#include "util/alloc.h"

/* Adding a format: its maker here, the end of its files' names below. */
static struct nb_trace_sink *(*const makers[NB_TRACE_FORMATS])(
    int fd, const struct nb_trace_options *options) = {
    [NB_TRACE_TEXT] = nb_trace_text_new,   [NB_TRACE_JSON] = nb_trace_json_new,
    [NB_TRACE_PCAPNG] = nb_trace_pcap_new, [NB_TRACE_SVG] = nb_trace_svg_new,
    [NB_TRACE_HTML] = nb_trace_html_new,
};

static const struct {
    const char *suffix;
    enum nb_trace_format format;
} suffixes[] = {
    {".jsonl", NB_TRACE_JSON},
    {".pcapng", NB_TRACE_PCAPNG},
    {".svg", NB_TRACE_SVG},
    {".html", NB_TRACE_HTML},
};

enum nb_trace_format nb_trace_format_of(const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t size = strlen(suffixes[i].suffix);
        if (len > size && strcmp(path + len - size, suffixes[i].suffix) == 0)
            return suffixes[i].format;
    }
    return NB_TRACE_TEXT;
}

void *nb_trace_sink_begin(size_t size, int fd,
                          const struct nb_trace_options *options,
                          const struct nb_trace_sink_ops *ops)
{
    struct nb_trace_sink *sink = nb_calloc(1, size);

    if (sink == NULL) {
        close(fd);
        return NULL;
    }
    sink->ops = ops;
    sink->options = *options;
    nb_out_init(&sink->out, fd);
    return sink;
}

struct nb_trace_sink *nb_trace_sink_new(enum nb_trace_format format, int fd,
                                        const struct nb_trace_options *options)
{
    return makers[format](fd, options);
}
