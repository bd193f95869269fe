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
 * Blocks of Lua that are in slabs. Small ones are strings, which come and go
 * with every message: to take one from the C library and give it back takes
 * seven times as many instructions; but each size has a page, which every start
 * pays for. The others are what a coroutine is made of, its frames (64 bytes),
 * state and stack; a thread of the script, which has one; a timer, which is to
 * make one; and a socket. A hundred thousand of them wait at a time: there the
 * C library's headers are the 20th part of all memory. AddressSanitizer sees
 * more where every block is the C library's.
 */
enum {
    STEP = 32,   /* small blocks have sizes that are multiples of this ... */
    TINY = 48,   /* ... from this ... */
    SMALL = 128, /* ... to this */
    SMALLS = SMALL / STEP - 1,
    OTHERS = 5,
};

#ifdef __SANITIZE_ADDRESS__
enum { POOLED = false };
#else
enum { POOLED = true };
#endif

static struct {
    struct nb_alloc_account account;
    nb_alloc_gate_fn gate;
    void *context;
    struct nb_slab slabs[SMALLS + OTHERS];
    struct nb_alloc_limit limit;
    size_t unasked; /* what may be charged without asking anybody */
    size_t retried; /* the request of Lua's that will be made again, or 0 */
    size_t high;    /* most that was in use when nb_alloc_trim() was called */
} state = {.limit.bytes = SIZE_MAX, .unasked = SIZE_MAX};

/* As malloc of the GNU C library does: 8 bytes more, by sixteens, from 32. */
static size_t charge(size_t size)
{
    return size <= 24 ? 32 : (size + 23) & ~(size_t)15;
}

static bool fits(size_t size, size_t room)
{
    return size < room && state.account.charged < room - size;
}

/* Where there is a gate, or a request to come again, everybody asks. */
static void set_unasked(void)
{
    bool asks = state.gate != NULL || state.retried != 0;
    state.unasked = asks ? 0 : state.limit.bytes;
}

static void tell(enum nb_alloc_refusal refusal)
{
    if (state.limit.refused != NULL)
        state.limit.refused(state.limit.context, refusal);
}

/* The slow way: asks the gate, and judges by the limit. */
static bool ask(size_t size, bool is_host)
{
    bool is_second = size == state.retried;
    size_t room = state.limit.bytes;

    if (state.gate != NULL && !state.gate(state.context, size))
        return false;
    if (state.retried != 0 && !is_second)
        tell(NB_ALLOC_GONE);
    state.retried = 0;
    if (is_host && room <= SIZE_MAX - state.limit.host)
        room += state.limit.host;
    bool may = fits(size, room);
    if (!may && !is_host && !is_second)
        state.retried = size;
    set_unasked();
    if (!may)
        tell(is_host || is_second ? NB_ALLOC_FAILS : NB_ALLOC_AGAIN);
    return may;
}

static bool may_grow(size_t size, bool is_host)
{
    return fits(size, state.unasked) || ask(size, is_host);
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

    if (size > SIZE_MAX / 2)
        return NULL;
    union header *new = realloc(old, sizeof *new + size);
    if (new == NULL)
        return NULL;
    new->size = size;
    count(old_size, size);
    state.account.charged += charge(sizeof *new + size);
    if (block == NULL)
        state.account.blocks++;
    else
        state.account.charged -= charge(sizeof *new + old_size);
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
    bool may = !grows || may_grow(size - old_size, true);
    void *new = may ? resize(block, size) : NULL;
    if (new != NULL)
        return new;
    state.account.refused++;
    if (may)
        tell(NB_ALLOC_SYSTEM);
    return NULL;
}

void nb_free(void *block)
{
    if (block == NULL)
        return;
    union header *header = (union header *)block - 1;
    count(header->size, 0);
    state.account.charged -= charge(sizeof *header + header->size);
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
    static const size_t others[OTHERS] = {
        208, NB_ALLOC_TIMER, NB_ALLOC_SOCKET, NB_ALLOC_THREAD, 720,
    };

    if (!POOLED || size <= TINY)
        return NULL;
    if (size <= SMALL)
        return &state.slabs[(size - 1) / STEP - 1];
    for (size_t i = 0; i < OTHERS; i++) {
        if (size == others[i])
            return &state.slabs[SMALLS + i];
    }
    return NULL;
}

/* As large as the blocks of a slab are that one of this size is in. */
static size_t fitting(size_t size)
{
    size_t step = size <= SMALL ? STEP : 16;
    return (size + step - 1) / step * step;
}

static void *take(size_t size)
{
    struct nb_slab *slab = slab_of(size);

    if (slab == NULL)
        return malloc(size);
    if (slab->size == 0)
        nb_slab_init(slab, fitting(size));
    return nb_slab_take(slab);
}

static void give(void *block, size_t size)
{
    struct nb_slab *slab = slab_of(size);

    if (slab != NULL)
        nb_slab_give(slab, block);
    else
        free(block);
}

/* Moves a block from or to a slab, or leaves it where it fits. */
static void *move(void *block, size_t old_size, size_t new_size)
{
    if (slab_of(old_size) == slab_of(new_size))
        return block;
    void *new = take(new_size);
    if (new == NULL)
        return NULL;
    memcpy(new, block, old_size < new_size ? old_size : new_size);
    give(block, old_size);
    return new;
}

static void *new_sized(size_t size)
{
    void *block = take(size);

    if (block == NULL)
        return NULL;
    count(0, size);
    state.account.charged += charge(size);
    state.account.blocks++;
    return block;
}

static void free_sized(void *block, size_t size)
{
    state.account.bytes -= size;
    state.account.charged -= charge(size);
    state.account.blocks--;
    give(block, size);
}

/* A block without a header, whose size was `old_size`, changes. */
static void *change_sized(void *block, size_t old_size, size_t new_size)
{
    bool moves = slab_of(old_size) != NULL || slab_of(new_size) != NULL;
    void *new =
        moves ? move(block, old_size, new_size) : realloc(block, new_size);

    if (new == NULL)
        return NULL;
    count(old_size, new_size);
    state.account.charged += charge(new_size) - charge(old_size);
    return new;
}

/* As realloc, for such blocks. */
static inline void *resize_sized(void *block, size_t old_size, size_t new_size)
{
    return block == NULL ? new_sized(new_size)
                         : change_sized(block, old_size, new_size);
}

void *nb_alloc_sized(void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        if (block != NULL)
            free_sized(block, old_size);
        return NULL;
    }
    if (block == NULL)
        old_size = 0;
    if (new_size > old_size && !may_grow(new_size - old_size, false))
        return NULL;
    void *new = resize_sized(block, old_size, new_size);
    if (new == NULL)
        tell(NB_ALLOC_SYSTEM);
    return new;
}

/* The block, or the end of the process where there is none. */
static void *block_or_exit(void *block)
{
    static const char last_words[] = "netbox: not enough memory\n";

    if (block != NULL)
        return block;
    tell(NB_ALLOC_FATAL);
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
    size_t room = state.limit.bytes;

    if (block == NULL)
        old_size = 0;
    if (room <= SIZE_MAX - state.limit.urgent)
        room += state.limit.urgent;
    bool may = fits(new_size - old_size, room);
    return block_or_exit(may ? resize_sized(block, old_size, new_size) : NULL);
}

bool nb_alloc_is_retried(void)
{
    return state.retried != 0;
}

void nb_alloc_set_retried(size_t size)
{
    state.retried = size;
    set_unasked();
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
    for (size_t i = 0; i < NB_COUNTOF(state.slabs); i++) {
        if (state.slabs[i].size > 0)
            nb_slab_trim(&state.slabs[i]);
    }
    malloc_trim(0);
}

void nb_alloc_set_gate(nb_alloc_gate_fn gate, void *context)
{
    state.gate = gate;
    state.context = context;
    set_unasked();
}

void nb_alloc_set_limit(const struct nb_alloc_limit *limit)
{
    static const struct nb_alloc_limit none = {.bytes = SIZE_MAX};

    state.limit = limit == NULL ? none : *limit;
    state.retried = 0;
    set_unasked();
}

size_t nb_alloc_taken(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.arena + info.hblkhd;
}

struct nb_alloc_account nb_alloc_account(void)
{
    return state.account;
}
