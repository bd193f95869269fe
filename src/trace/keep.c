/* The events of a picture: see keep.h. */
#include "trace/keep.h"

#include <string.h>

#include "util/alloc.h"

void nb_keep_init(struct nb_keep *keep, size_t most)
{
    *keep = (struct nb_keep){
        .most = most < NB_KEEP_PAYLOAD ? most : NB_KEEP_PAYLOAD,
    };
}

void nb_keep_deinit(struct nb_keep *keep)
{
    for (size_t i = 0; i < keep->count; i++)
        nb_free(keep->events[i].data);
    nb_free(keep->events);
    nb_keep_init(keep, keep->most);
}

/* FNV-1a: equal payloads are told by it, also where they are cut. */
static uint64_t hash_of(const unsigned char *data, size_t len)
{
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * 1099511628211U;
    return hash;
}

static bool make_room(struct nb_keep *keep)
{
    if (keep->count < keep->cap)
        return true;
    size_t cap = keep->cap == 0 ? 64 : keep->cap * 2;
    struct nb_kept *events = nb_realloc(keep->events, cap * sizeof *events);
    if (events == NULL)
        return false;
    keep->events = events;
    keep->cap = cap;
    return true;
}

/* Copies the beginning of the payload. Returns false without memory. */
static bool copy_payload(struct nb_kept *kept, size_t most)
{
    const struct nb_trace_event *event = &kept->event;
    size_t len = event->len < most ? event->len : most;

    kept->data = NULL;
    kept->stored = len;
    kept->cut = len < event->len;
    kept->hash = hash_of(event->data, event->len);
    if (len == 0)
        return true;
    kept->data = nb_malloc(len);
    if (kept->data != NULL)
        memcpy(kept->data, event->data, len);
    return kept->data != NULL;
}

void nb_keep_take(struct nb_keep *keep, const struct nb_trace_event *event)
{
    if (keep->count >= NB_KEEP_EVENTS || !make_room(keep)) {
        keep->cut++;
        return;
    }
    struct nb_kept *kept = &keep->events[keep->count];
    kept->event = *event;
    if (!copy_payload(kept, event->kind == NB_TRACE_MARK ? NB_KEEP_PAYLOAD
                                                         : keep->most)) {
        keep->cut++;
        return;
    }
    kept->event.data = NULL;
    keep->count++;
}

/* Bytes of all payloads if none may have more than `limit`. */
static size_t total(const struct nb_keep *keep, size_t limit)
{
    size_t bytes = 0;

    for (size_t i = 0; i < keep->count; i++) {
        size_t stored = keep->events[i].stored;
        bytes += stored < limit ? stored : limit;
    }
    return bytes;
}

void nb_keep_shorten(struct nb_keep *keep)
{
    size_t limit = NB_KEEP_PAYLOAD;

    while (total(keep, limit) > NB_KEEP_BYTES)
        limit -= limit > 256 ? 64 : 8;
    for (size_t i = 0; i < keep->count; i++) {
        struct nb_kept *kept = &keep->events[i];
        if (kept->stored > limit) {
            kept->stored = limit;
            kept->cut = true;
        }
    }
}
