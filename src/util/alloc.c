/*
 * The one allocator: see alloc.h.
 *
 * Blocks of the host carry their size in front, so that freeing one can be
 * counted; Lua's do not, because Lua tells it. The account is one of the two
 * mutable statics of the program: the allocators of libev and c-ares are
 * given no context.
 */
#include "util/alloc.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/slab.h"

union header {
    size_t size;
    max_align_t align;
};

enum {
    TRIM_FROM = 8 << 20, /* bytes */
    KEPT = 4 << 20,      /* of free memory at the end of the heap */
    MAPPED = 1 << 20,    /* from here on a block is a mapping of its own */
};

/*
 * What a coroutine of Lua 5.4 is made of: frames of 64 bytes, the state and
 * the stack. A hundred thousand of them wait at a time: there the C library's
 * headers are the 20th part of all memory. AddressSanitizer sees more where
 * every block is the C library's.
 */
enum { SLABS = 3 };

#ifdef __SANITIZE_ADDRESS__
enum { POOLED = false };
#else
enum { POOLED = true };
#endif

static struct {
    struct nb_alloc_account account;
    nb_alloc_gate_fn gate;
    void *context;
    struct nb_slab slabs[SLABS];
    size_t high; /* most that was in use when nb_alloc_trim() was called */
} state;

static bool may_grow(size_t size)
{
    return state.gate == NULL || state.gate(state.context, size);
}

static void count(size_t old_size, size_t new_size)
{
    state.account.bytes += new_size - old_size;
    if (state.account.bytes > state.account.peak)
        state.account.peak = state.account.bytes;
}

/* Resizes a block with a header; NULL leaves the old one as it was. */
static void *resize(void *block, size_t size)
{
    union header *old = block == NULL ? NULL : (union header *)block - 1;
    size_t old_size = old == NULL ? 0 : old->size;

    if (size > SIZE_MAX - sizeof *old)
        return NULL;
    union header *new = realloc(old, sizeof *new + size);
    if (new == NULL)
        return NULL;
    new->size = size;
    count(old_size, size);
    if (old_size == 0 && block == NULL)
        state.account.blocks++;
    return new + 1;
}

void *nb_malloc(size_t size)
{
    return nb_realloc(NULL, size);
}

void *nb_calloc(size_t number, size_t size)
{
    if (size != 0 && number > SIZE_MAX / size)
        return NULL;
    void *block = nb_malloc(number * size);
    if (block != NULL)
        memset(block, 0, number * size);
    return block;
}

void *nb_realloc(void *block, size_t size)
{
    size_t old_size = block == NULL ? 0 : ((union header *)block - 1)->size;

    bool grows = block == NULL || size > old_size;
    void *new = NULL;
    if (!grows || may_grow(size - old_size))
        new = resize(block, size);
    if (new == NULL)
        state.account.refused++;
    return new;
}

void nb_free(void *block)
{
    if (block == NULL)
        return;
    union header *header = (union header *)block - 1;
    count(header->size, 0);
    state.account.blocks--;
    free(header);
}

char *nb_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = nb_malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* Where blocks of that size are; NULL: with the C library. */
static struct nb_slab *slab_of(size_t size)
{
    static const size_t sizes[SLABS] = {64, 208, 720};

    for (size_t i = 0; POOLED && i < SLABS; i++) {
        if (size != sizes[i])
            continue;
        if (state.slabs[i].size == 0)
            nb_slab_init(&state.slabs[i], size);
        return &state.slabs[i];
    }
    return NULL;
}

static void *take(size_t size)
{
    struct nb_slab *slab = slab_of(size);

    return slab != NULL ? nb_slab_take(slab) : malloc(size);
}

static void give(void *block, size_t size)
{
    struct nb_slab *slab = slab_of(size);

    if (slab != NULL)
        nb_slab_give(slab, block);
    else
        free(block);
}

/* As realloc, from or to a slab. */
static void *move(void *block, size_t old_size, size_t new_size)
{
    void *new = take(new_size);

    if (new == NULL || block == NULL)
        return new;
    memcpy(new, block, old_size < new_size ? old_size : new_size);
    give(block, old_size);
    return new;
}

/* Resizes a block without a header, whose size was `old_size`. */
static void *resize_sized(void *block, size_t old_size, size_t new_size)
{
    bool moves =
        block == NULL || slab_of(old_size) != NULL || slab_of(new_size) != NULL;
    void *new =
        moves ? move(block, old_size, new_size) : realloc(block, new_size);

    if (new == NULL)
        return NULL;
    count(old_size, new_size);
    if (block == NULL)
        state.account.blocks++;
    return new;
}

void *nb_alloc_sized(void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        if (block != NULL) {
            count(old_size, 0);
            state.account.blocks--;
            give(block, old_size);
        }
        return NULL;
    }
    if (block == NULL)
        old_size = 0;
    if (new_size > old_size && !may_grow(new_size - old_size))
        return NULL;
    return resize_sized(block, old_size, new_size);
}

/* The block, or the end of the process where there is none. */
static void *block_or_exit(void *block)
{
    static const char last_words[] = "netbox: not enough memory\n";

    if (block != NULL)
        return block;
    if (write(STDERR_FILENO, last_words, sizeof last_words - 1) < 0)
        _exit(3);
    _exit(3);
}

void *nb_realloc_or_exit(void *block, size_t size)
{
    if (size == 0) {
        nb_free(block);
        return NULL;
    }
    void *new = nb_realloc(block, size);
    return new != NULL ? new : block_or_exit(resize(block, size));
}

void *nb_alloc_sized_or_exit(void *block, size_t old_size, size_t new_size)
{
    if (block == NULL)
        old_size = 0;
    return block_or_exit(resize_sized(block, old_size, new_size));
}

/*
 * By itself the C library returns what is free at the end of the heap from
 * 128 KiB on, and asks for it again: with each cycle of Lua's collector, a
 * page fault for each 4 KiB. It would also learn from the blocks that are
 * freed, and then keep any amount.
 */
void nb_alloc_init(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT);
    mallopt(M_MMAP_THRESHOLD, MAPPED);
}

/*
 * The C library keeps what lies between blocks that are in use. It is worth
 * walking through all of that only when a lot can be had, and much more than
 * what comes and goes with each cycle of Lua's collector.
 */
void nb_alloc_trim(void)
{
    size_t used = state.account.bytes;

    if (used > state.high)
        state.high = used;
    if (state.high < TRIM_FROM || used > state.high / 4)
        return;
    state.high = used;
    for (size_t i = 0; i < SLABS; i++) {
        if (state.slabs[i].size > 0)
            nb_slab_trim(&state.slabs[i]);
    }
    malloc_trim(0);
}

void nb_alloc_set_gate(nb_alloc_gate_fn gate, void *context)
{
    state.gate = gate;
    state.context = context;
}

struct nb_alloc_account nb_alloc_account(void)
{
    return state.account;
}
