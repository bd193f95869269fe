/*
 * The formats of io.read, over what standard input has.
 *
 * A scan finds out how far each piece goes and takes nothing. So a call that
 * must wait, or is cancelled while it waits, has not taken a byte, and one
 * that gets all of its pieces gets them in a row. Knows nothing of Lua but
 * its formats.
 */
#ifndef NB_BIND_LSCAN_H
#define NB_BIND_LSCAN_H

#include <stdbool.h>
#include <stddef.h>

struct nb_console;

enum { NB_LSCAN_NUMERAL = 200 }; /* characters of the longest number */

enum nb_lscan_kind {
    NB_LSCAN_BYTES,  /* a number: up to so many bytes */
    NB_LSCAN_LINE,   /* "l" and "L" */
    NB_LSCAN_NUMBER, /* "n" */
    NB_LSCAN_ALL,    /* "a" */
};

struct nb_lscan_format {
    enum nb_lscan_kind kind;
    size_t count;  /* of BYTES; 0 asks whether there are any */
    bool keep_end; /* of a LINE: its newline is part of the value */
};

struct nb_lscan {
    struct nb_console *console;
    size_t at;      /* where the next piece begins */
    size_t skip;    /* where to go on in a line that begins at 0 */
    unsigned fills; /* reads that it may still do */
    int status;     /* why it does no more: NB_EOF or an error; else 0 */
};

struct nb_lscan_piece {
    size_t len;   /* bytes that the format takes */
    size_t blank; /* of these before a numeral */
    bool there;   /* there is a value, or a numeral that may be one */
};

/*
 * Measures the piece at `scan->at`, reading what it needs. Returns 0;
 * NB_WANT_READ if that cannot be said yet; or an error.
 */
int nb_lscan_measure(struct nb_lscan *scan,
                     const struct nb_lscan_format *format,
                     struct nb_lscan_piece *piece);

/* The bytes from `scan->at` on. */
const char *nb_lscan_bytes(const struct nb_lscan *scan);

#endif
