/*
 * A growing buffer of bytes, filled at the end and emptied at the front.
 *
 * An empty buffer holds no memory, so a quiet connection costs none. What
 * was taken from the front is reclaimed when room is asked for.
 */
#ifndef NB_UTIL_BUF_H
#define NB_UTIL_BUF_H

#include <stddef.h>

struct nb_buf {
    char *data;
    size_t start; /* first byte in use */
    size_t len;   /* bytes in use */
    size_t cap;   /* bytes allocated */
};

/* Makes an empty buffer in the caller's storage. */
void nb_buf_init(struct nb_buf *buf);

/* Frees the memory; the buffer is empty and usable afterwards. */
void nb_buf_deinit(struct nb_buf *buf);

/* The first byte in use. Valid until the next call that is not const. */
static inline const char *nb_buf_bytes(const struct nb_buf *buf)
{
    return buf->len == 0 ? "" : buf->data + buf->start;
}

/*
 * Makes room for `len` more bytes behind those in use and stores its place.
 * Returns 0 or -ENOMEM. What was written there counts after nb_buf_grow().
 */
int nb_buf_room(struct nb_buf *buf, size_t len, char **place);

/* Adds `len` bytes of the room asked for last. */
void nb_buf_grow(struct nb_buf *buf, size_t len);

/* Appends a copy of `len` bytes. Returns 0 or -ENOMEM. */
int nb_buf_append(struct nb_buf *buf, const char *data, size_t len);

/* Drops `len` bytes, at most those in use, from the front. */
void nb_buf_drop(struct nb_buf *buf, size_t len);

#endif
