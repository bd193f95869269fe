/*
 * Pairing heap: see heap.h.
 *
 * A node's children form a list through `next`; the first child's `prev` is
 * its parent, every other's its left sibling. Merging two trees makes the
 * larger root the first child of the smaller one. Taking a node out merges
 * its children pairwise from left to right and the pairs from right to left,
 * without recursion.
 */
#include "util/heap.h"

#include <stdbool.h>
#include <stddef.h>

static bool precedes(const struct nb_heap_node *a, const struct nb_heap_node *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    return a->order < b->order;
}

/* Joins two trees, either of which may be NULL; returns the new root. */
static struct nb_heap_node *merge(struct nb_heap_node *a,
                                  struct nb_heap_node *b)
{
    if (a == NULL)
        return b;
    if (b == NULL)
        return a;
    if (precedes(b, a)) {
        struct nb_heap_node *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child != NULL)
        a->child->prev = b;
    a->child = b;
    return a;
}

/* Makes one tree of a list of siblings; returns its root, or NULL. */
static struct nb_heap_node *merge_siblings(struct nb_heap_node *node)
{
    struct nb_heap_node *pairs = NULL; /* stack through `next` */

    while (node != NULL) {
        struct nb_heap_node *a = node;
        struct nb_heap_node *b = a->next;
        node = b != NULL ? b->next : NULL;
        a->next = NULL;
        if (b != NULL)
            b->next = NULL;
        struct nb_heap_node *pair = merge(a, b);
        pair->next = pairs;
        pairs = pair;
    }

    struct nb_heap_node *root = NULL;
    while (pairs != NULL) {
        struct nb_heap_node *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        root = merge(root, pair);
    }
    return root;
}

void nb_heap_init(struct nb_heap *heap)
{
    heap->first = NULL;
    heap->count = 0;
}

void nb_heap_add(struct nb_heap *heap, struct nb_heap_node *node, int64_t key)
{
    node->child = NULL;
    node->next = NULL;
    node->prev = NULL;
    node->key = key;
    node->order = ++heap->count;
    heap->first = merge(heap->first, node);
}

void nb_heap_remove(struct nb_heap *heap, struct nb_heap_node *node)
{
    struct nb_heap_node *rest = merge_siblings(node->child);

    if (node == heap->first) {
        heap->first = rest;
    } else {
        if (node->prev->child == node)
            node->prev->child = node->next;
        else
            node->prev->next = node->next;
        if (node->next != NULL)
            node->next->prev = node->prev;
        heap->first = merge(heap->first, rest);
    }
    node->child = NULL;
    node->next = NULL;
    node->prev = NULL;
}
