/*
 * Blocks of one size, in pages of their own.
 *
 * A block has no header, so it takes what was asked for and no more, and to
 * take or to give one is a few instructions. A page goes back to the C library
 * when all that is in it has been given back, unless it is the only one with
 * room.
 */
#ifndef NB_UTIL_SLAB_H
#define NB_UTIL_SLAB_H

#include <stddef.h>

#include "util/list.h"

struct nb_slab {
    size_t size;          /* of a block: a multiple of 16, a page has many */
    struct nb_list pages; /* those with room */
};

/* Prepares the caller's storage: no pages. */
void nb_slab_init(struct nb_slab *slab, size_t size);

/* A block. NULL: out of memory. */
void *nb_slab_take(struct nb_slab *slab);

/* Gives back a block that was taken from it. */
void nb_slab_give(struct nb_slab *slab, void *block);

/* Frees the page that is kept, if nothing in it is in use. */
void nb_slab_trim(struct nb_slab *slab);

#endif
