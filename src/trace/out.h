/*
 * Buffered output to a file, for the formats of a trace.
 *
 * An error is kept, and what comes after it is thrown away: a full disk is
 * told of once, at the end, by whoever asks.
 */
#ifndef NB_TRACE_OUT_H
#define NB_TRACE_OUT_H

#include <stddef.h>

enum { NB_OUT_SIZE = 16384 };

struct nb_out {
    int fd;
    int error; /* errno of the first write that failed, else 0 */
    size_t len;
    char buf[NB_OUT_SIZE];
};

/* Prepares the caller's storage to write to `fd`, which it owns then. */
void nb_out_init(struct nb_out *out, int fd);

/* Write bytes, a text, and as printf(3) at most 1,023 bytes. */
void nb_out_write(struct nb_out *out, const void *data, size_t len);
void nb_out_text(struct nb_out *out, const char *text);
void nb_out_printf(struct nb_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes what is in the buffer. */
void nb_out_flush(struct nb_out *out);

/* Flushes and closes. Returns 0 or a negative errno. */
int nb_out_close(struct nb_out *out);

#endif
