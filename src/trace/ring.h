/*
 * Frames of bytes from one process to another, through memory that they share:
 * no system call, and what was put in stays there when the first one dies.
 *
 * One process puts, the other takes. A frame is contiguous and begins at an
 * address that any structure may have. What is full or empty is seen by who
 * asks; whom to wake and how is not the ring's business.
 */
#ifndef NB_TRACE_RING_H
#define NB_TRACE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What both see. */
struct nb_ring_shared {
    _Alignas(64) _Atomic uint64_t put;   /* bytes put so far */
    _Alignas(64) _Atomic uint64_t taken; /* bytes taken so far */
    _Atomic bool idle;                   /* who takes sleeps: wake it */
    _Atomic bool full;                   /* who puts waits for room */
    _Atomic uint64_t done; /* what was asked of who takes, and is done ... */
    _Atomic int error;     /* ... the last of it with this result */
    _Alignas(64) unsigned char bytes[];
};

struct nb_ring {
    struct nb_ring_shared *shared;
    size_t size; /* of its bytes, a power of two */
};

/* Makes a ring of `size` bytes, a power of two. Returns 0 or -ENOMEM. */
int nb_ring_init(struct nb_ring *ring, size_t size);
void nb_ring_deinit(struct nb_ring *ring);

/*
 * Puts a frame of two parts; false if there is no room for it now. There never
 * is for one that is longer than half of the ring.
 */
bool nb_ring_put(struct nb_ring *ring, const void *first, size_t first_len,
                 const void *second, size_t second_len);

/* Whether a frame of that length would fit if all were taken. */
bool nb_ring_takes(const struct nb_ring *ring, size_t len);

/* The frame whose turn it is, or NULL. It stays until nb_ring_next(). */
const void *nb_ring_look(const struct nb_ring *ring, size_t *len);
void nb_ring_next(struct nb_ring *ring);

/* True if at least half of it is free. */
bool nb_ring_has_room(const struct nb_ring *ring);

#endif
