/* Buffered output: see out.h. */
#include "trace/out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void nb_out_init(struct nb_out *out, int fd)
{
    out->fd = fd;
    out->error = 0;
    out->len = 0;
}

/* Somebody who has the file, too, may have made it non-blocking. */
static void await_room(int fd)
{
    struct pollfd file = {.fd = fd, .events = POLLOUT};

    poll(&file, 1, -1);
}

/* Writes all of it, unless something has failed. */
static void write_all(struct nb_out *out, const char *data, size_t len)
{
    while (len > 0 && out->error == 0) {
        ssize_t written = write(out->fd, data, len);
        if (written < 0 && errno == EAGAIN)
            await_room(out->fd);
        else if (written < 0 && errno != EINTR)
            out->error = errno;
        if (written > 0) {
            data += written;
            len -= (size_t)written;
        }
    }
}

void nb_out_flush(struct nb_out *out)
{
    write_all(out, out->buf, out->len);
    out->len = 0;
}

void nb_out_write(struct nb_out *out, const void *data, size_t len)
{
    if (len > sizeof out->buf - out->len)
        nb_out_flush(out);
    if (len > sizeof out->buf) {
        write_all(out, data, len);
        return;
    }
    memcpy(out->buf + out->len, data, len);
    out->len += len;
}

void nb_out_text(struct nb_out *out, const char *text)
{
    nb_out_write(out, text, strlen(text));
}

void nb_out_printf(struct nb_out *out, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0)
        nb_out_write(out, text,
                     (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

int nb_out_close(struct nb_out *out)
{
    nb_out_flush(out);
    if (close(out->fd) < 0 && out->error == 0)
        out->error = errno;
    out->fd = -1;
    return -out->error;
}
