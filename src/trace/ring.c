/* Frames through shared memory: see ring.h. */
#include "trace/ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 16 };

/* In front of each frame. */
struct header {
    _Alignas(ALIGN) uint32_t size; /* with the header, rounded up */
    uint32_t len;                  /* of the frame; SKIP: there is none */
};

#define SKIP UINT32_MAX

int nb_ring_init(struct nb_ring *ring, size_t size)
{
    void *memory =
        mmap(NULL, sizeof *ring->shared + size, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -ENOMEM;
    ring->shared = memory;
    ring->size = size;
    return 0;
}

void nb_ring_deinit(struct nb_ring *ring)
{
    munmap(ring->shared, sizeof *ring->shared + ring->size);
    ring->shared = NULL;
}

static size_t rounded(size_t len)
{
    return (sizeof(struct header) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

bool nb_ring_takes(const struct nb_ring *ring, size_t len)
{
    return len <= ring->size / 2 && rounded(len) <= ring->size / 2;
}

static struct header *header_at(const struct nb_ring *ring, uint64_t at)
{
    return (void *)(ring->shared->bytes + (at & (ring->size - 1)));
}

static uint64_t used(const struct nb_ring *ring)
{
    return atomic_load(&ring->shared->put) - atomic_load(&ring->shared->taken);
}

bool nb_ring_has_room(const struct nb_ring *ring)
{
    return used(ring) <= ring->size / 2;
}

bool nb_ring_put(struct nb_ring *ring, const void *first, size_t first_len,
                 const void *second, size_t second_len)
{
    size_t len = first_len + second_len;
    uint64_t at =
        atomic_load_explicit(&ring->shared->put, memory_order_relaxed);
    size_t size = rounded(len);
    size_t behind = ring->size - (size_t)(at & (ring->size - 1));
    size_t skipped = size > behind ? behind : 0;

    if (!nb_ring_takes(ring, len) || used(ring) + skipped + size > ring->size)
        return false;
    if (skipped > 0) {
        *header_at(ring, at) = (struct header){(uint32_t)skipped, SKIP};
        at += skipped;
    }
    struct header *header = header_at(ring, at);
    *header = (struct header){(uint32_t)size, (uint32_t)len};
    memcpy(header + 1, first, first_len);
    if (second_len > 0)
        memcpy((char *)(header + 1) + first_len, second, second_len);
    atomic_store(&ring->shared->put, at + size);
    return true;
}

const void *nb_ring_look(const struct nb_ring *ring, size_t *len)
{
    uint64_t at = atomic_load(&ring->shared->taken);

    if (at == atomic_load(&ring->shared->put))
        return NULL;
    struct header *header = header_at(ring, at);
    if (header->len == SKIP) {
        atomic_store(&ring->shared->taken, at + header->size);
        return nb_ring_look(ring, len);
    }
    *len = header->len;
    return header + 1;
}

void nb_ring_next(struct nb_ring *ring)
{
    uint64_t at = atomic_load(&ring->shared->taken);

    atomic_store(&ring->shared->taken, at + header_at(ring, at)->size);
}
