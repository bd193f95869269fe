/*
 * The standard streams, and the script: see console.h.
 *
 * Other files are opened in guard/file. Standard error is nobody's business
 * here: the C library writes it without a buffer.
 */
#include "net/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "guard/file.h"
#include "guard/watchdog.h"
#include "util/err.h"

enum {
    OUT_MAX = 65536, /* bytes kept before they are written */
    MOMENT = 20,     /* ms that a reader is waited for at the end */
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

int nb_console_read_file(const char *name, struct nb_buf *text)
{
    int fd = STDIN_FILENO;

    if (name != NULL)
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = nb_file_read_all(fd, text);
    if (name != NULL)
        close(fd);
    return rc;
}

/*
 * Waits for a line and reads it, cut to `size` with its NUL. Signals are
 * blocked until `mask` is waited with, so that none slips in between.
 */
static int read_answer(int fd, const sigset_t *mask, char *answer, size_t size)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    if (ppoll(&input, 1, NULL, mask) < 0)
        return -errno;
    ssize_t n = read(fd, answer, size - 1);
    if (n < 0)
        return -errno;
    answer[n] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return 0;
}

int nb_console_ask(const char *text, char *answer, size_t size)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int rc = -ENOTTY;
    sigset_t all;
    sigset_t mask;

    if (fd < 0)
        return -errno;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask);
    /* In the background, to read would stop the process. */
    if (tcgetpgrp(fd) == getpgrp() && tcflush(fd, TCIFLUSH) == 0 &&
        write(fd, text, strlen(text)) >= 0)
        rc = read_answer(fd, &mask, answer, size);
    tcflush(fd, TCIFLUSH);
    sigprocmask(SIG_SETMASK, &mask, NULL);
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
    console->busy = false;
    console->watchdog = NULL;
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

/*
 * Writes some of it, however long that takes, unless a limit of time ends the
 * program meanwhile. Returns how much, or a negative errno.
 */
static ssize_t write_some(struct nb_console *console, const char *data,
                          size_t len)
{
    for (;;) {
        ssize_t n = write(STDOUT_FILENO, data, len);
        int err = errno;
        console->writes++;
        if (n >= 0) {
            console->printed += (uint64_t)n;
            return n;
        }
        nb_watchdog_check(console->watchdog);
        if (err == EAGAIN)
            wait_writable();
        else if (err != EINTR)
            return -err;
    }
}

/* Writes the buffer out; what has been written is in it no more. */
static void write_buffer(struct nb_console *console)
{
    struct nb_buf *out = &console->out;

    while (out->len > 0 && console->error == 0) {
        ssize_t n = write_some(console, nb_buf_bytes(out), out->len);
        if (n < 0)
            console->error = (int)n;
        else
            nb_buf_drop(out, (size_t)n);
        nb_watchdog_check(console->watchdog);
    }
    nb_buf_deinit(out);
}

/* Passes the buffer by, in order. */
static void write_through(struct nb_console *console, const char *data,
                          size_t len)
{
    write_buffer(console);
    while (len > 0 && console->error == 0) {
        ssize_t n = write_some(console, data, len);
        if (n < 0) {
            console->error = (int)n;
        } else {
            data += n;
            len -= (size_t)n;
        }
        nb_watchdog_check(console->watchdog);
    }
}

int nb_console_flush(struct nb_console *console)
{
    if (console->out.len == 0)
        return console->error;
    console->busy = true;
    write_buffer(console);
    console->busy = false;
    return console->error;
}

/* Adds to the buffer, or writes, as the mode says. */
static void put(struct nb_console *console, const char *data, size_t len)
{
    if (len > OUT_MAX - console->out.len)
        write_buffer(console);
    if (console->error < 0)
        return;
    if (console->mode == NB_CONSOLE_NONE || len >= OUT_MAX ||
        nb_buf_append(&console->out, data, len) < 0)
        write_through(console, data, len);
    else if (console->mode == NB_CONSOLE_LINE &&
             memchr(data, '\n', len) != NULL)
        write_buffer(console);
}

int nb_console_write(struct nb_console *console, const char *data, size_t len)
{
    size_t may = nb_watchdog_count(console->watchdog, len);

    console->busy = true;
    put(console, data, may);
    console->busy = false;
    if (may < len)
        nb_watchdog_end(console->watchdog, NB_LIMIT_OUTPUT, NULL);
    return console->error;
}

bool nb_console_hurry(struct nb_console *console, bool is_forced)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    struct nb_buf *out = &console->out;

    if (is_forced && console->busy)
        return false;
    while (out->len > 0 && poll(&output, 1, MOMENT) == 1) {
        /* So much a pipe that can be written takes at once. */
        size_t len = out->len < PIPE_BUF ? out->len : PIPE_BUF;
        ssize_t n = write(STDOUT_FILENO, nb_buf_bytes(out), len);
        if (n <= 0)
            break;
        out->start += (size_t)n;
        out->len -= (size_t)n;
    }
    return true;
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
