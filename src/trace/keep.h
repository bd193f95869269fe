/*
 * The events of a picture, copied and kept until it is drawn.
 *
 * Of a long trace the beginning is kept, of long payloads the beginning too:
 * a picture that nobody can survey, or no browser can open, shows nothing.
 * What is left out is counted.
 */
#ifndef NB_TRACE_KEEP_H
#define NB_TRACE_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

enum {
    NB_KEEP_EVENTS = 1000,
    NB_KEEP_PAYLOAD = 4096, /* bytes of one payload, at most ... */
    NB_KEEP_BYTES = 32768,  /* ... and of all that are drawn */
};

/* No event, and nothing else that is counted. */
#define NB_KEEP_NONE SIZE_MAX

struct nb_kept {
    struct nb_trace_event event; /* but for its `data` */
    unsigned char *data;         /* the beginning of them; owned */
    size_t stored;               /* so many bytes */
    bool cut;                    /* there were more */
    uint64_t hash;               /* of all `event.len` of them */
};

struct nb_keep {
    struct nb_kept *events;
    size_t count;
    size_t cap;
    size_t most;  /* bytes that are kept of a payload */
    uint64_t cut; /* events that are not kept */
};

/* Makes an empty one, which keeps at most so many bytes of each payload. */
void nb_keep_init(struct nb_keep *keep, size_t most);

/* Frees what is in it, which is then empty. */
void nb_keep_deinit(struct nb_keep *keep);

/* Copies the event, or counts it. */
void nb_keep_take(struct nb_keep *keep, const struct nb_trace_event *event);

/* Shortens the longest payloads until all together are NB_KEEP_BYTES. */
void nb_keep_shorten(struct nb_keep *keep);

#endif
