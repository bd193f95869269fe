/*
 * One format of a trace: it takes events, one after the other, and writes a
 * file. Sinks of files run in a process of their own (trace/scribe), so a slow
 * disk does not hold up the script and nothing that ends the script leaves a
 * file unfinished.
 */
#ifndef NB_TRACE_SINK_H
#define NB_TRACE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/out.h"

struct nb_trace_event;
struct nb_trace_sink;

enum nb_trace_format {
    NB_TRACE_TEXT, /* any other name of a file, and standard error */
    NB_TRACE_JSON, /* .jsonl */
    NB_TRACE_PCAPNG,
    NB_TRACE_SVG,
    NB_TRACE_HTML,
    NB_TRACE_FORMATS
};

struct nb_trace_options {
    size_t bytes;   /* of a payload that are shown, where there is a choice */
    bool hex;       /* texts show a hex dump */
    bool stable;    /* the same file at every run: no times, roles for ports */
    bool color;     /* text for a terminal ... */
    unsigned width; /* ... of so many columns; 0: as long as need be */
    bool live;      /* text is written as it happens, an event at a time */
    int64_t began;  /* wall clock at the beginning, ns since 1970 */
    const char *title; /* the name of the script */
};

struct nb_trace_sink_ops {
    /* Takes an event, which is valid during the call. */
    void (*take)(struct nb_trace_sink *sink,
                 const struct nb_trace_event *event);
    /*
     * Writes what is still to be written, and frees the sink. Returns 0, or a
     * negative errno if something could not be written (nb_out_close()).
     */
    int (*finish)(struct nb_trace_sink *sink);
};

/* What every sink begins with. */
struct nb_trace_sink {
    const struct nb_trace_sink_ops *ops;
    struct nb_out out;
    struct nb_trace_options options;
};

/*
 * What each format begins with: `size` bytes, zero but for the sink in front,
 * which writes to `fd`. Returns NULL without memory; `fd` is closed then.
 */
void *nb_trace_sink_begin(size_t size, int fd,
                          const struct nb_trace_options *options,
                          const struct nb_trace_sink_ops *ops);

/*
 * Each makes a sink that writes to `fd`, which it owns from then on. Returns
 * NULL without memory; `fd` is closed then.
 */
struct nb_trace_sink *nb_trace_text_new(int fd,
                                        const struct nb_trace_options *options);
struct nb_trace_sink *nb_trace_json_new(int fd,
                                        const struct nb_trace_options *options);
struct nb_trace_sink *nb_trace_pcap_new(int fd,
                                        const struct nb_trace_options *options);
struct nb_trace_sink *nb_trace_svg_new(int fd,
                                       const struct nb_trace_options *options);
struct nb_trace_sink *nb_trace_html_new(int fd,
                                        const struct nb_trace_options *options);

/* The format that the name of a file asks for. */
enum nb_trace_format nb_trace_format_of(const char *path);

/* The one of `format`. */
struct nb_trace_sink *nb_trace_sink_new(enum nb_trace_format format, int fd,
                                        const struct nb_trace_options *options);

#endif
