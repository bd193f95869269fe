/*
 * The standard streams, and files: see console.h.
 *
 * The only place that opens a file. Standard error is nobody's business here:
 * the C library writes it without a buffer.
 */
#include "net/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "util/err.h"

enum {
    OUT_MAX = 65536, /* bytes kept before they are written */
    PIECE = 65536,   /* bytes read of a file at a time */
};

int nb_console_guard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest number that is free: this one. */
        if (open("/dev/null", O_RDWR) < 0)
            return -errno;
    }
    return 0;
}

static int read_all(int fd, struct nb_buf *text)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    for (;;) {
        char *place = NULL;
        if (nb_buf_room(text, PIECE, &place) < 0)
            return -ENOMEM;
        ssize_t n = read(fd, place, PIECE);
        if (n < 0 && errno == EAGAIN && poll(&input, 1, -1) >= 0)
            continue;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        nb_buf_grow(text, (size_t)n);
    }
}

int nb_console_read_file(const char *name, struct nb_buf *text)
{
    int fd = STDIN_FILENO;

    if (name != NULL)
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = read_all(fd, text);
    if (name != NULL)
        close(fd);
    return rc;
}

/* 1 if a read would not block, be it at the end or to fail; 0; or an error. */
static int is_readable(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int rc = (int)TEMP_FAILURE_RETRY(poll(&input, 1, 0));

    return rc < 0 ? -errno : rc;
}

/* The end of a terminal's input is no end for good: Ctrl-D ends one read. */
static int console_read(struct nb_stream *stream, void *data, size_t len)
{
    int rc = is_readable();

    (void)stream;
    if (rc <= 0)
        return rc < 0 ? rc : NB_WANT_READ;
    ssize_t n;
    do
        n = read(STDIN_FILENO, data, len);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return (int)n;
    if (n == 0)
        return NB_EOF;
    return errno == EAGAIN ? NB_WANT_READ : -errno;
}

void nb_console_init(struct nb_console *console, struct nb_runtime *rt)
{
    static const struct nb_stream_ops ops = {.read = console_read};

    console->in.ops = &ops;
    nb_iowait_init(&console->io, rt, STDIN_FILENO);
    nb_reader_init(&console->reader);
    nb_buf_init(&console->out);
    console->mode = isatty(STDOUT_FILENO) ? NB_CONSOLE_LINE : NB_CONSOLE_FULL;
    console->error = 0;
    console->printed = 0;
    console->writes = 0;
}

void nb_console_deinit(struct nb_console *console)
{
    nb_console_flush(console);
    nb_iowait_close(&console->io, -EBADF);
    nb_reader_deinit(&console->reader);
    nb_buf_deinit(&console->out);
}

/* Whoever shares the output made it non-blocking: waits until it takes more. */
static void wait_writable(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

    poll(&output, 1, -1);
}

/* Writes all of it, however long that takes. Returns 0 or a negative errno. */
static int write_out(struct nb_console *console, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, data, len);
        console->writes++;
        if (n >= 0) {
            console->printed += (uint64_t)n;
            data += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            wait_writable();
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int nb_console_flush(struct nb_console *console)
{
    if (console->error == 0)
        console->error =
            write_out(console, nb_buf_bytes(&console->out), console->out.len);
    nb_buf_deinit(&console->out);
    return console->error;
}

/* Passes the buffer by, in order. */
static int write_through(struct nb_console *console, const char *data,
                         size_t len)
{
    if (nb_console_flush(console) == 0)
        console->error = write_out(console, data, len);
    return console->error;
}

int nb_console_write(struct nb_console *console, const char *data, size_t len)
{
    if (len > OUT_MAX - console->out.len)
        nb_console_flush(console);
    if (console->error < 0)
        return console->error;
    if (console->mode == NB_CONSOLE_NONE || len >= OUT_MAX ||
        nb_buf_append(&console->out, data, len) < 0)
        return write_through(console, data, len);
    if (console->mode == NB_CONSOLE_LINE && memchr(data, '\n', len) != NULL)
        return nb_console_flush(console);
    return 0;
}

int nb_console_set_mode(struct nb_console *console, enum nb_console_mode mode)
{
    console->mode = mode;
    return nb_console_flush(console);
}

static int seek(int fd, int64_t offset, int whence, int64_t *position)
{
    off_t now = lseek(fd, offset, whence);

    if (now < 0)
        return -errno;
    *position = now;
    return 0;
}

int nb_console_seek_input(struct nb_console *console, int64_t offset,
                          int whence, int64_t *position)
{
    int64_t ahead = (int64_t)nb_reader_len(&console->reader);

    if (whence == SEEK_CUR && __builtin_sub_overflow(offset, ahead, &offset))
        return -EOVERFLOW;
    int rc = seek(STDIN_FILENO, offset, whence, position);
    if (rc == 0)
        nb_reader_drop(&console->reader, (size_t)ahead);
    return rc;
}

int nb_console_seek_output(struct nb_console *console, int64_t offset,
                           int whence, int64_t *position)
{
    int rc = nb_console_flush(console);

    return rc < 0 ? rc : seek(STDOUT_FILENO, offset, whence, position);
}
