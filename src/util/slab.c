/*
 * Blocks of one size: see slab.h.
 *
 * A page is aligned to its size, so the address of a block leads to it. Its
 * blocks are cut off one after the other: what was never used is never
 * touched, and takes no memory. Those that have come back form a list.
 */
#include "util/slab.h"

#include <stdint.h>
#include <stdlib.h>

/* The last bytes are the C library's, so that the next page can follow. */
enum { PAGE = 32768, USABLE = PAGE - 16, ALIGNMENT = 16 };

struct block {
    struct block *next;
};

struct page {
    struct nb_list link; /* among those with room; by itself if it is full */
    struct block *free;  /* that have come back */
    size_t cut;          /* where what was never used begins */
    size_t used;         /* blocks in use */
};

static struct page *page_of(void *block)
{
    return (struct page *)((uintptr_t)block & ~(uintptr_t)(PAGE - 1));
}

void nb_slab_init(struct nb_slab *slab, size_t size)
{
    slab->size = size;
    nb_list_init(&slab->pages);
}

static struct page *new_page(struct nb_list *pages)
{
    size_t first = (sizeof(struct page) + ALIGNMENT - 1) & ~(ALIGNMENT - 1U);
    void *memory = NULL;

    if (posix_memalign(&memory, PAGE, USABLE) != 0)
        return NULL;
    struct page *page = memory;
    *page = (struct page){.cut = first};
    nb_list_init(&page->link);
    nb_list_push(pages, &page->link);
    return page;
}

void *nb_slab_take(struct nb_slab *slab)
{
    struct page *page =
        nb_list_empty(&slab->pages)
            ? new_page(&slab->pages)
            : NB_CONTAINER_OF(slab->pages.next, struct page, link);

    if (page == NULL)
        return NULL;
    void *block = page->free;
    if (block != NULL) {
        page->free = page->free->next;
    } else {
        block = (char *)page + page->cut;
        page->cut += slab->size;
    }
    page->used++;
    if (page->free == NULL && page->cut + slab->size > USABLE)
        nb_list_remove(&page->link);
    return block;
}

void nb_slab_give(struct nb_slab *slab, void *block)
{
    struct page *page = page_of(block);
    struct block *given = block;

    if (nb_list_empty(&page->link))
        nb_list_push(&slab->pages, &page->link);
    given->next = page->free;
    page->free = given;
    page->used--;
    if (page->used > 0 || slab->pages.next == slab->pages.prev)
        return;
    nb_list_remove(&page->link);
    free(page);
}

void nb_slab_trim(struct nb_slab *slab)
{
    struct page *page = NB_CONTAINER_OF(slab->pages.next, struct page, link);

    if (nb_list_empty(&slab->pages) || page->used > 0)
        return;
    nb_list_remove(&page->link);
    free(page);
}
