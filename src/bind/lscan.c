/*
 * The formats of io.read: see lscan.h. They take what Lua 5.4's liolib.c
 * takes, byte for byte, also where a number turns out to be none.
 */
#include "bind/lscan.h"

#include <ctype.h>
#include <locale.h>
#include <string.h>

#include "net/console.h"
#include "util/err.h"

enum { NO_BYTE = -1 }; /* the input has ended, or no more is to be had now */

const char *nb_lscan_bytes(const struct nb_lscan *scan)
{
    return nb_reader_bytes(&scan->console->reader) + scan->at;
}

static size_t available(const struct nb_lscan *scan)
{
    return nb_reader_len(&scan->console->reader) - scan->at;
}

/* Reads more. False if there is none, or none to be had now. */
static bool read_more(struct nb_lscan *scan)
{
    struct nb_console *console = scan->console;

    if (scan->status == 0 && scan->fills-- == 0)
        scan->status = NB_WANT_READ;
    if (scan->status == 0) {
        int rc = nb_reader_fill(&console->reader, &console->in);
        scan->status = rc < 0 ? rc : 0;
    }
    return scan->status == 0;
}

static void measure_bytes(struct nb_lscan *scan, size_t count,
                          struct nb_lscan_piece *piece)
{
    size_t wanted = count > 0 ? count : 1;

    while (available(scan) < wanted && read_more(scan))
        continue;
    piece->there = available(scan) > 0;
    piece->len = available(scan) < count ? available(scan) : count;
}

static void measure_line(struct nb_lscan *scan, struct nb_lscan_piece *piece)
{
    size_t from = scan->at == 0 ? scan->skip : 0;
    const char *end = NULL;

    for (;;) {
        const char *bytes = nb_lscan_bytes(scan);
        end = memchr(bytes + from, '\n', available(scan) - from);
        from = end == NULL ? available(scan) : (size_t)(end - bytes) + 1;
        if (end != NULL || !read_more(scan))
            break;
    }
    if (scan->at == 0 && end == NULL)
        scan->skip = from;
    piece->len = from;
    piece->there = from > 0;
}

static void measure_all(struct nb_lscan *scan, struct nb_lscan_piece *piece)
{
    while (read_more(scan))
        continue;
    piece->len = available(scan);
    piece->there = true;
}

struct numeral {
    struct nb_lscan *scan;
    size_t blank; /* bytes before it */
    size_t len;   /* of what was accepted */
    bool too_long;
};

/* The byte that is not accepted yet. */
static int look_ahead(const struct numeral *numeral)
{
    size_t index = numeral->blank + numeral->len;

    while (available(numeral->scan) <= index) {
        if (!read_more(numeral->scan))
            return NO_BYTE;
    }
    return (unsigned char)nb_lscan_bytes(numeral->scan)[index];
}

static bool accept(struct numeral *numeral)
{
    if (numeral->len == NB_LSCAN_NUMERAL) {
        numeral->too_long = true;
        return false;
    }
    numeral->len++;
    return true;
}

static bool accept_either(struct numeral *numeral, char a, char b)
{
    int byte = look_ahead(numeral);

    if (byte != (unsigned char)a && byte != (unsigned char)b)
        return false;
    return accept(numeral);
}

/* Returns how many. */
static size_t accept_digits(struct numeral *numeral, bool hex)
{
    size_t count = 0;

    for (;; count++) {
        int byte = look_ahead(numeral);
        if (!(hex ? isxdigit(byte) : isdigit(byte)) || !accept(numeral))
            return count;
    }
}

static void accept_numeral(struct numeral *numeral)
{
    bool hex = false;
    size_t digits = 0;

    accept_either(numeral, '-', '+');
    if (accept_either(numeral, '0', '0')) {
        hex = accept_either(numeral, 'x', 'X');
        digits = !hex;
    }
    digits += accept_digits(numeral, hex);
    if (accept_either(numeral, localeconv()->decimal_point[0], '.'))
        digits += accept_digits(numeral, hex);
    if (digits == 0)
        return;
    if (accept_either(numeral, hex ? 'p' : 'e', hex ? 'P' : 'E')) {
        accept_either(numeral, '-', '+');
        accept_digits(numeral, false);
    }
}

static void measure_number(struct nb_lscan *scan, struct nb_lscan_piece *piece)
{
    struct numeral numeral = {.scan = scan};

    while (isspace(look_ahead(&numeral)))
        numeral.blank++;
    accept_numeral(&numeral);
    piece->blank = numeral.blank;
    piece->len = numeral.blank + numeral.len;
    piece->there = !numeral.too_long;
}

int nb_lscan_measure(struct nb_lscan *scan,
                     const struct nb_lscan_format *format,
                     struct nb_lscan_piece *piece)
{
    *piece = (struct nb_lscan_piece){.len = 0};
    switch (format->kind) {
    case NB_LSCAN_BYTES:
        measure_bytes(scan, format->count, piece);
        break;
    case NB_LSCAN_LINE:
        measure_line(scan, piece);
        break;
    case NB_LSCAN_NUMBER:
        measure_number(scan, piece);
        break;
    case NB_LSCAN_ALL:
        measure_all(scan, piece);
        break;
    }
    return scan->status == NB_EOF ? 0 : scan->status;
}
