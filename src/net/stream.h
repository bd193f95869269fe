/*
 * The seam of byte streams: what TCP, the keyboard, and later TLS over TCP,
 * have in common. NB_WANT_READ and NB_WANT_WRITE say what to wait for before
 * the same call is made again; a TLS read may want to write.
 */
#ifndef NB_NET_STREAM_H
#define NB_NET_STREAM_H

#include <stddef.h>

struct nb_stream;

struct nb_stream_ops {
    /* 1..len bytes read, NB_EOF at the end, what it wants, or an error. */
    int (*read)(struct nb_stream *stream, void *data, size_t len);
    /* 0..len bytes written, what it wants, or an error. */
    int (*write)(struct nb_stream *stream, const void *data, size_t len);
};

/* What every stream begins with. */
struct nb_stream {
    const struct nb_stream_ops *ops;
};

static inline int nb_stream_read(struct nb_stream *stream, void *data,
                                 size_t len)
{
    return stream->ops->read(stream, data, len);
}

static inline int nb_stream_write(struct nb_stream *stream, const void *data,
                                  size_t len)
{
    return stream->ops->write(stream, data, len);
}

#endif
