/*
 * Radix heap: see heap.h.
 *
 * A key is sixteen digits of four bits. A node is in the slot of the place of
 * the first digit in which its key differs from the floor, and of that digit
 * itself: so all in a lower place are smaller than all in a higher one, and
 * in the same place the digit decides. When the first slot is not of the last
 * place, the floor is raised to its smallest key, and its nodes are spread
 * over lower places. All other nodes are where they belong to.
 *
 * In a slot of the last place all keys are equal; but the slot of the floor
 * itself also has what is below it, sorted.
 */
#include "util/heap.h"

#include <stddef.h>

enum { BITS = 4, SLOTS = NB_COUNTOF(((struct nb_heap *)NULL)->slots) };

static struct nb_heap_node *node_at(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_heap_node, link);
}

static unsigned digit_at(int64_t key, unsigned shift)
{
    return (uint64_t)key >> shift & (NB_HEAP_DIGITS - 1);
}

/* The number of the slot that a key belongs to. */
static unsigned slot_of(const struct nb_heap *heap, int64_t key)
{
    if (key <= heap->floor)
        return digit_at(heap->floor, 0);
    uint64_t differs = (uint64_t)key ^ (uint64_t)heap->floor;
    unsigned highest = 63 - (unsigned)__builtin_clzll(differs);
    unsigned place = highest / BITS;
    return place * NB_HEAP_DIGITS + digit_at(key, place * BITS);
}

/* The smallest key that could be in the slot. */
static int64_t base_of(const struct nb_heap *heap, unsigned slot)
{
    unsigned shift = slot / NB_HEAP_DIGITS * BITS;
    uint64_t upper = (uint64_t)heap->floor >> shift >> BITS << BITS;

    return (int64_t)((upper | slot % NB_HEAP_DIGITS) << shift);
}

/* The number of the first slot with a node, SLOTS if there is none. */
static unsigned first_slot(const struct nb_heap *heap)
{
    for (unsigned word = 0; word < NB_COUNTOF(heap->filled); word++) {
        for (uint64_t bits = heap->filled[word]; bits != 0; bits &= bits - 1) {
            unsigned slot = word * 64 + (unsigned)__builtin_ctzll(bits);
            if (!nb_list_empty(&heap->slots[slot].nodes))
                return slot;
        }
    }
    return SLOTS;
}

/* Forgets which slots before this one had nodes. */
static void clear_below(struct nb_heap *heap, unsigned slot)
{
    for (unsigned word = 0; word < slot / 64; word++)
        heap->filled[word] = 0;
    if (slot < SLOTS)
        heap->filled[slot / 64] &= UINT64_MAX << slot % 64;
}

/* No key in the slot, which has nodes, is smaller. */
static int64_t bound_of(const struct nb_heap *heap, unsigned slot)
{
    if (slot < NB_HEAP_DIGITS)
        return node_at(heap->slots[slot].nodes.next)->key;
    int64_t base = base_of(heap, slot);
    int64_t least = heap->slots[slot].least;
    return least > base ? least : base;
}

/* The link before which `node` belongs in the slot of the floor. */
static struct nb_list *successor(struct nb_list *nodes, int64_t key)
{
    struct nb_list *link = nodes;

    while (link->prev != nodes && node_at(link->prev)->key > key)
        link = link->prev;
    return link;
}

static void insert(struct nb_heap *heap, struct nb_heap_node *node)
{
    unsigned number = slot_of(heap, node->key);
    struct nb_heap_slot *slot = &heap->slots[number];

    if (nb_list_empty(&slot->nodes) || node->key < slot->least)
        slot->least = node->key;
    heap->filled[number / 64] |= UINT64_C(1) << number % 64;
    if (number < NB_HEAP_DIGITS)
        nb_list_push(successor(&slot->nodes, node->key), &node->link);
    else
        nb_list_push(&slot->nodes, &node->link);
}

/* Raises the floor to the bound of the first slot and spreads its nodes. */
static void spread(struct nb_heap *heap, unsigned number)
{
    struct nb_list *nodes = &heap->slots[number].nodes;
    struct nb_list *link = nodes->next;

    heap->floor = bound_of(heap, number);
    nb_list_init(nodes);
    while (link != nodes) {
        struct nb_heap_node *node = node_at(link);
        link = link->next;
        insert(heap, node);
    }
}

void nb_heap_init(struct nb_heap *heap)
{
    heap->count = 0;
    heap->floor = 0;
    for (size_t i = 0; i < NB_COUNTOF(heap->filled); i++)
        heap->filled[i] = 0;
    for (size_t i = 0; i < SLOTS; i++)
        nb_list_init(&heap->slots[i].nodes);
}

void nb_heap_add(struct nb_heap *heap, struct nb_heap_node *node, int64_t key)
{
    heap->count++;
    node->key = key;
    insert(heap, node);
}

void nb_heap_remove(struct nb_heap_node *node)
{
    nb_list_remove(&node->link);
}

int64_t nb_heap_bound(const struct nb_heap *heap)
{
    unsigned slot = first_slot(heap);

    return slot == SLOTS ? INT64_MAX : bound_of(heap, slot);
}

struct nb_heap_node *nb_heap_take(struct nb_heap *heap, int64_t limit)
{
    for (;;) {
        unsigned slot = first_slot(heap);
        clear_below(heap, slot);
        if (slot == SLOTS || bound_of(heap, slot) > limit)
            return NULL;
        if (slot >= NB_HEAP_DIGITS) {
            spread(heap, slot);
            continue;
        }
        struct nb_heap_node *node = node_at(heap->slots[slot].nodes.next);
        nb_list_remove(&node->link);
        return node;
    }
}
