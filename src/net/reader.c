/*
 * Pieces of a stream: see reader.h.
 *
 * An empty reader holds no memory. The bytes asked for at once grow while the
 * stream keeps up, so that half a line costs little and bulk goes fast.
 */
#include "net/reader.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "net/stream.h"
#include "util/err.h"

enum {
    FILLS = 16, /* reads of one call; 1 MiB once they are large */
    SMALLEST_STEP = 4096,
    LARGEST_STEP = 65536,
};

void nb_reader_init(struct nb_reader *reader)
{
    *reader = (struct nb_reader){.step = SMALLEST_STEP};
}

/* The next search begins at the front. */
static void forget(struct nb_reader *reader)
{
    reader->scanned = 0;
    nb_buf_deinit(&reader->sought);
}

void nb_reader_deinit(struct nb_reader *reader)
{
    forget(reader);
    nb_buf_deinit(&reader->buf);
}

void nb_reader_drop(struct nb_reader *reader, size_t len)
{
    nb_buf_drop(&reader->buf, len);
    if (reader->buf.len == 0)
        forget(reader);
    else
        reader->scanned -= len < reader->scanned ? len : reader->scanned;
}

int nb_reader_unread(struct nb_reader *reader, struct nb_buf *bytes)
{
    struct nb_buf behind = reader->buf;

    if (nb_buf_append(bytes, nb_buf_bytes(&behind), behind.len) < 0)
        return -ENOMEM;
    forget(reader);
    reader->buf = *bytes;
    nb_buf_init(bytes);
    nb_buf_deinit(&behind);
    return 0;
}

static void adapt_step(struct nb_reader *reader, size_t got)
{
    if (got == reader->step && reader->step < LARGEST_STEP)
        reader->step *= 2;
    else if (got < reader->step / 2 && reader->step > SMALLEST_STEP)
        reader->step /= 2;
}

int nb_reader_fill(struct nb_reader *reader, struct nb_stream *stream)
{
    char *place = NULL;
    int rc = nb_buf_room(&reader->buf, reader->step, &place);

    if (rc == 0)
        rc = nb_stream_read(stream, place, reader->step);
    if (rc > 0) {
        nb_buf_grow(&reader->buf, (size_t)rc);
        adapt_step(reader, (size_t)rc);
    } else if (reader->buf.len == 0) {
        nb_buf_deinit(&reader->buf);
    }
    return rc;
}

/*
 * One of the reads of a call, the first of which finds `*fills` at 0. Returns
 * 0 if there may be more to read at once, else what is to be returned when
 * that was not enough.
 */
static int fill_once_more(struct nb_reader *reader, struct nb_stream *stream,
                          unsigned *fills)
{
    size_t asked = reader->step;
    int rc = stream == NULL ? NB_WANT_READ : nb_reader_fill(reader, stream);

    if (rc < 0)
        return rc;
    if ((size_t)rc < asked || ++*fills == FILLS)
        return NB_WANT_READ;
    return 0;
}

int nb_reader_need(struct nb_reader *reader, struct nb_stream *stream,
                   size_t len)
{
    unsigned fills = 0;
    int rc = 0;

    while (rc == 0 && reader->buf.len < len)
        rc = fill_once_more(reader, stream, &fills);
    return reader->buf.len >= len ? 0 : rc;
}

int nb_reader_all(struct nb_reader *reader, struct nb_stream *stream)
{
    unsigned fills = 0;
    int rc = 0;

    while (rc == 0)
        rc = fill_once_more(reader, stream, &fills);
    return rc == NB_EOF ? 0 : rc;
}

/* True if `scanned` is about this delimiter. */
static bool is_sought(const struct nb_reader *reader,
                      const struct nb_reader_delimiter *delimiter)
{
    const struct nb_buf *sought = &reader->sought;

    return sought->len == delimiter->len &&
           memcmp(nb_buf_bytes(sought), delimiter->bytes, sought->len) == 0;
}

/* Without memory for it, the next search just begins at the front. */
static void remember(struct nb_reader *reader,
                     const struct nb_reader_delimiter *delimiter, size_t from)
{
    if (!is_sought(reader, delimiter)) {
        forget(reader);
        if (nb_buf_append(&reader->sought, delimiter->bytes, delimiter->len) <
            0)
            return;
    }
    reader->scanned = from;
}

/*
 * Looks at what is there, from `*from` on, which becomes where to go on.
 * Returns 1 if the delimiter is at `*from`, 0 if it is not there yet, or
 * -EMSGSIZE.
 */
static int search(const struct nb_reader *reader,
                  const struct nb_reader_delimiter *delimiter, size_t *from)
{
    const char *bytes = nb_reader_bytes(reader);
    size_t len = nb_reader_len(reader);
    const char *hit =
        delimiter->len == 1
            ? memchr(bytes + *from, *delimiter->bytes, len - *from)
            : memmem(bytes + *from, len - *from, delimiter->bytes,
                     delimiter->len);

    if (hit != NULL)
        *from = (size_t)(hit - bytes);
    else if (len - *from >= delimiter->len)
        *from = len - delimiter->len + 1;
    if (*from > delimiter->max)
        return -EMSGSIZE;
    return hit != NULL;
}

int nb_reader_find(struct nb_reader *reader, struct nb_stream *stream,
                   const struct nb_reader_delimiter *delimiter, size_t *at)
{
    size_t from = is_sought(reader, delimiter) ? reader->scanned : 0;
    unsigned fills = 0;
    int found = search(reader, delimiter, &from);
    int rc = 0;

    while (found == 0 && rc == 0) {
        rc = fill_once_more(reader, stream, &fills);
        found = search(reader, delimiter, &from);
    }
    if (found > 0) {
        *at = from;
        return 0;
    }
    if (from > 0)
        remember(reader, delimiter, from);
    return found < 0 ? found : rc;
}
