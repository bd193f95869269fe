/*
 * The standard streams: the keyboard as a stream that can be waited for, and
 * standard output through a buffer of our own.
 *
 * The descriptors are shared with the shell, so they are never made
 * non-blocking: the keyboard is read once after it became readable, and
 * output is written in full, waiting with poll(2) where it would block.
 */
#ifndef NB_NET_CONSOLE_H
#define NB_NET_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/iowait.h"
#include "net/reader.h"
#include "net/stream.h"
#include "util/buf.h"

struct nb_runtime;
struct nb_watchdog;

enum nb_console_mode { NB_CONSOLE_FULL, NB_CONSOLE_LINE, NB_CONSOLE_NONE };

struct nb_console {
    struct nb_stream in; /* reads standard input; it cannot be written */
    struct nb_iowait io; /* who waits for the keyboard */
    struct nb_reader reader;
    struct nb_buf out;
    enum nb_console_mode mode;    /* when output is written */
    int error;                    /* of the output, kept once it has failed */
    uint64_t printed;             /* bytes written so far ... */
    uint64_t writes;              /* ... and in how many calls */
    bool busy;                    /* a call that writes has begun */
    struct nb_watchdog *watchdog; /* counts the output, or NULL */
};

/*
 * Opens /dev/null on those of descriptors 0, 1 and 2 that are closed, so that
 * no socket ever gets their number. Returns 0 or a negative errno.
 */
int nb_console_guard(void);

/*
 * Reads a whole file, or standard input where `name` is NULL, to the end of
 * `text`. Returns 0 or a negative errno; -EINTR if a signal came.
 */
int nb_console_read_file(const char *name, struct nb_buf *text);

/*
 * Shows the text on the terminal that the process was started from and reads
 * a line of it, wherever standard input comes from; what was typed before is
 * no answer. Waits as long as that takes. Returns 0, or a negative errno:
 * -EINTR if a signal came, -ENOTTY where nobody is in front of it.
 */
int nb_console_ask(const char *text, char *answer, size_t size);

/* Prepares the caller's storage. Line by line if output is a terminal. */
void nb_console_init(struct nb_console *console, struct nb_runtime *rt);

/*
 * Writes what is left, frees the buffers and stops watching; the loop must
 * still be there.
 */
void nb_console_deinit(struct nb_console *console);

/*
 * Adds to standard output, which takes it later, as the mode says. Returns 0,
 * or why output has failed, now or before: -EPIPE where its reader has gone.
 * From then on whatever is written is dropped.
 */
int nb_console_write(struct nb_console *console, const char *data, size_t len);

/* Writes everything out. Returns as nb_console_write(). */
int nb_console_flush(struct nb_console *console);

/*
 * The program is about to end: writes what goes without waiting long. Async-
 * signal-safe if `is_forced`: then it returns false in the middle of a write.
 */
bool nb_console_hurry(struct nb_console *console, bool is_forced);

/* Writes everything out and changes the mode. Returns as above. */
int nb_console_set_mode(struct nb_console *console, enum nb_console_mode mode);

/*
 * lseek(2) on standard input, as seen by those who read through the buffer,
 * and on standard output, which is flushed before. `*position` becomes the
 * new one. Returns 0 or a negative errno: -ESPIPE on what has no position.
 */
int nb_console_seek_input(struct nb_console *console, int64_t offset,
                          int whence, int64_t *position);
int nb_console_seek_output(struct nb_console *console, int64_t offset,
                           int whence, int64_t *position);

#endif
