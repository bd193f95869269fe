/* A growing buffer of bytes: see buf.h. Capacity doubles as it grows. */
#include "util/buf.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "util/alloc.h"

enum { SMALLEST = 256 };

void nb_buf_init(struct nb_buf *buf)
{
    *buf = (struct nb_buf){.data = NULL};
}

void nb_buf_deinit(struct nb_buf *buf)
{
    nb_free(buf->data);
    nb_buf_init(buf);
}

/* Moves the bytes in use to the front of the memory. */
static void compact(struct nb_buf *buf)
{
    if (buf->start == 0)
        return;
    memmove(buf->data, buf->data + buf->start, buf->len);
    buf->start = 0;
}

int nb_buf_room(struct nb_buf *buf, size_t len, char **place)
{
    if (len > SIZE_MAX / 2 - buf->len)
        return -ENOMEM;
    size_t need = buf->len + len;

    if (buf->start + need > buf->cap && buf->start >= buf->len)
        compact(buf);
    if (buf->start + need > buf->cap) {
        compact(buf);
        size_t cap = buf->cap < SMALLEST ? SMALLEST : buf->cap;
        while (cap < need)
            cap *= 2;
        char *data = nb_realloc(buf->data, cap);
        if (data == NULL)
            return -ENOMEM;
        buf->data = data;
        buf->cap = cap;
    }
    *place = buf->data == NULL ? NULL : buf->data + buf->start + buf->len;
    return 0;
}

void nb_buf_grow(struct nb_buf *buf, size_t len)
{
    assert(len <= buf->cap - buf->start - buf->len);
    buf->len += len;
}

int nb_buf_append(struct nb_buf *buf, const char *data, size_t len)
{
    char *place = NULL;

    if (len == 0)
        return 0;
    int rc = nb_buf_room(buf, len, &place);
    if (rc < 0)
        return rc;
    memcpy(place, data, len);
    nb_buf_grow(buf, len);
    return 0;
}

void nb_buf_drop(struct nb_buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->start += len;
    buf->len -= len;
    if (buf->len == 0)
        nb_buf_deinit(buf);
}
