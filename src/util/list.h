/*
 * Intrusive circular doubly linked list.
 *
 * A `struct nb_list` is both a head and a link. A link that is on no list
 * points to itself, so removing it twice is harmless. Nothing is allocated
 * and nothing can fail.
 */
#ifndef NB_UTIL_LIST_H
#define NB_UTIL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The structure of `type` whose `member` is at `ptr`. */
#define NB_CONTAINER_OF(ptr, type, member)                                     \
    ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

/* The number of elements of an array. */
#define NB_COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

struct nb_list {
    struct nb_list *prev;
    struct nb_list *next;
};

/* Makes an empty head, or a link that is on no list. */
static inline void nb_list_init(struct nb_list *list)
{
    list->prev = list;
    list->next = list;
}

/* True for an empty head, and for a link that is on no list. */
static inline bool nb_list_empty(const struct nb_list *list)
{
    return list->next == list;
}

/* Puts `link`, which is on no list, at the end of `head`. */
static inline void nb_list_push(struct nb_list *head, struct nb_list *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

/* Takes `link` off its list; nothing happens if it is on none. */
static inline void nb_list_remove(struct nb_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    nb_list_init(link);
}

#endif
