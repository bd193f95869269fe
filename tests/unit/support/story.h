/*
 * Traces made by hand, for the pictures: what happened, a line each.
 *
 * Each story is told to whoever asks; the same at every time.
 */
#ifndef NB_SUPPORT_STORY_H
#define NB_SUPPORT_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"
#include "trace/sink.h"

/* One event, with what is not 0. */
struct told {
    enum nb_trace_kind kind;
    enum nb_trace_proto proto;
    int wait; /* microseconds since the one before; 0: a few */
    uint64_t socket;
    uint64_t peer;
    uint64_t conversation;
    const char *local; /* "127.0.0.1:80", "[::1]:80", "/a/path", "*" */
    const char *remote;
    const char *data;
    const char *thread;
    enum nb_event_kind operation;
    int error;
    uint64_t count;
    bool passive;
};

typedef void (*story_fn)(void *context, const struct nb_trace_event *event);

/* Tells these to `hear`, with numbers, times and lines. */
void story_tell(const struct told *told, size_t count, story_fn hear,
                void *context);

/* A ready one: "tcp", "udp", "outside", "trouble", "unix", "many"; or false. */
bool story_tell_named(const char *name, story_fn hear, void *context);

/* Draws a named one into a file, in the format of its name. */
bool story_draw(const char *name, const char *path, bool stable);

#endif
