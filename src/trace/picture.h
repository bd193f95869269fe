/*
 * A sink that keeps the events, and draws a ladder of them at the end.
 */
#ifndef NB_TRACE_PICTURE_H
#define NB_TRACE_PICTURE_H

struct nb_ladder;
struct nb_out;
struct nb_trace_options;
struct nb_trace_sink;

/* Writes the whole file. `title` is the name of the script. */
typedef void (*nb_picture_fn)(struct nb_out *out,
                              const struct nb_ladder *ladder,
                              const char *title);

/* As the makers of trace/sink.h. */
struct nb_trace_sink *nb_picture_new(int fd,
                                     const struct nb_trace_options *options,
                                     nb_picture_fn draw);

#endif
