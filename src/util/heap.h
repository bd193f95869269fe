/*
 * Intrusive radix heap, ordered by a 64-bit key; equal keys leave in the
 * order in which they came. Made for times: what is added is mostly later
 * than what was taken, and far more is removed than ever becomes the first.
 *
 * The nodes are the caller's, so nothing is allocated and nothing can fail:
 * arming a deadline needs no memory. Adding and removing are O(1). Until it is
 * taken a node is moved at most 15 times, a million of them some 5 times each
 * and one after the other, not up and down a tree. The price: which is the
 * first is known only when it is taken, before that there is a bound. A key
 * below one that was taken costs a walk past those that are larger.
 *
 * See Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path
 * problem", Journal of the ACM 37 (1990).
 */
#ifndef NB_UTIL_HEAP_H
#define NB_UTIL_HEAP_H

#include <stdint.h>

#include "util/list.h"

enum { NB_HEAP_DIGITS = 16 };

struct nb_heap_node {
    struct nb_list link;
    int64_t key;
};

/* Those whose keys differ from the floor first in one digit, and have it. */
struct nb_heap_slot {
    struct nb_list nodes; /* in the order of their coming */
    int64_t least;        /* no key is smaller */
};

struct nb_heap {
    uint64_t count; /* nodes ever added */
    int64_t floor;  /* all in a slot but the first are above it */
    uint64_t filled[NB_HEAP_DIGITS * 16 / 64]; /* bits: what may have nodes */
    struct nb_heap_slot slots[NB_HEAP_DIGITS * 16]; /* the digit's place, it */
};

/* Makes an empty heap. */
void nb_heap_init(struct nb_heap *heap);

/* Adds `node`, which must be in no heap, under `key`. */
void nb_heap_add(struct nb_heap *heap, struct nb_heap_node *node, int64_t key);

/* Takes out `node`, if it is in a heap; its link must be initialised. */
void nb_heap_remove(struct nb_heap_node *node);

/*
 * No key is smaller: the smallest there is, unless what was smaller has been
 * removed. INT64_MAX if the heap is empty.
 */
int64_t nb_heap_bound(const struct nb_heap *heap);

/* Takes out the first node, if its key is at most `limit`; or NULL. */
struct nb_heap_node *nb_heap_take(struct nb_heap *heap, int64_t limit);

#endif
