/*
 * Intrusive pairing heap, ordered by a 64-bit key; equal keys leave in the
 * order in which they came.
 *
 * The nodes are the caller's, so nothing is allocated and nothing can fail:
 * arming a deadline needs no memory. Adding is O(1); taking the first or any
 * other node is O(log n) amortised, and O(1) for a node added last.
 *
 * See Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap: a new form of
 * self-adjusting heap", Algorithmica 1 (1986).
 */
#ifndef NB_UTIL_HEAP_H
#define NB_UTIL_HEAP_H

#include <stdint.h>

struct nb_heap_node {
    struct nb_heap_node *child; /* first child */
    struct nb_heap_node *next;  /* next sibling */
    struct nb_heap_node *prev;  /* previous sibling, or parent of a first */
    int64_t key;
    uint64_t order; /* when it came, among equal keys: 1, 2, 3 ... */
};

struct nb_heap {
    struct nb_heap_node *first; /* the smallest, or NULL */
    uint64_t count;             /* nodes ever added */
};

/* Makes an empty heap. */
void nb_heap_init(struct nb_heap *heap);

/* Adds `node`, which must be in no heap, under `key`. */
void nb_heap_add(struct nb_heap *heap, struct nb_heap_node *node, int64_t key);

/* Takes out `node`, which must be in `heap`. */
void nb_heap_remove(struct nb_heap *heap, struct nb_heap_node *node);

#endif
