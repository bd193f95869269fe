/*
 * Reads pieces of a stream: so many bytes, a line, all that comes.
 *
 * What was read beyond a piece, or before a wait that failed, stays in the
 * buffer for the next call, so no byte is ever lost. Every function may be
 * called again after it said what it wants; it goes on where it stopped. On
 * success (0) the piece is at the front of the buffer: copy it, then
 * nb_reader_drop() it.
 *
 * After a short read it says NB_WANT_READ without trying again, and likewise
 * after a long run of full ones, so that others get their turn. So a stream
 * must read short only when no more is there now. A caller that knows as much
 * gives NULL for the stream of the three that collect a piece.
 */
#ifndef NB_NET_READER_H
#define NB_NET_READER_H

#include <stddef.h>

#include "util/buf.h"

struct nb_stream;

/* What nb_reader_find() looks for, and how far. */
struct nb_reader_delimiter {
    const char *bytes;
    size_t len;
    size_t max; /* bytes before it, SIZE_MAX for any number */
};

struct nb_reader {
    struct nb_buf buf;
    size_t step;          /* bytes to ask the stream for */
    size_t scanned;       /* bytes that hold no start of ... */
    struct nb_buf sought; /* ... the delimiter sought last */
};

/* Makes an empty reader in the caller's storage; frees what it holds. */
void nb_reader_init(struct nb_reader *reader);
void nb_reader_deinit(struct nb_reader *reader);

/*
 * Waits for `delimiter` (len >= 1). `*at` becomes the number of bytes before
 * it. Returns 0; NB_EOF if the stream ends before; -EMSGSIZE if more than
 * `max` bytes come before it; what the stream wants; or an error.
 */
int nb_reader_find(struct nb_reader *reader, struct nb_stream *stream,
                   const struct nb_reader_delimiter *delimiter, size_t *at);

/* Waits until `len` bytes are there. Returns as nb_reader_find(). */
int nb_reader_need(struct nb_reader *reader, struct nb_stream *stream,
                   size_t len);

/* Reads to the end of the stream. Returns 0 then, else as above. */
int nb_reader_all(struct nb_reader *reader, struct nb_stream *stream);

/* Reads once more, as much as is there. Bytes read, or as above. */
int nb_reader_fill(struct nb_reader *reader, struct nb_stream *stream);

/* Puts bytes back in front of those that are there; takes `bytes` if it can. */
int nb_reader_unread(struct nb_reader *reader, struct nb_buf *bytes);

/* The bytes that are there. */
static inline size_t nb_reader_len(const struct nb_reader *reader)
{
    return reader->buf.len;
}

static inline const char *nb_reader_bytes(const struct nb_reader *reader)
{
    return nb_buf_bytes(&reader->buf);
}

/* Takes `len` bytes, at most those there, off the front. */
void nb_reader_drop(struct nb_reader *reader, size_t len);

#endif
