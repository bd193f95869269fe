/* Bytes for people: see bytes.h. */
#include "trace/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PER_LINE = 16, /* bytes of a dump, unless they do not fit */
    LEAST = 4,
    REST = sizeof "... ( more)" + NB_TRACE_COUNT_TEXT,
};

void nb_trace_bytes_count(uint64_t count, char text[NB_TRACE_COUNT_TEXT])
{
    char digits[NB_TRACE_COUNT_TEXT];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, count);

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *text++ = ',';
        *text++ = digits[i];
    }
    *text = '\0';
}

/* Writes "... (1,234 more)", "" for none. Returns its length. */
static size_t format_rest(size_t count, char text[REST])
{
    char digits[NB_TRACE_COUNT_TEXT];

    text[0] = '\0';
    if (count == 0)
        return 0;
    nb_trace_bytes_count(count, digits);
    return (size_t)snprintf(text, REST, "... (%s more)", digits);
}

size_t nb_trace_bytes_escape(unsigned char byte, char text[NB_TRACE_ESCAPED])
{
    static const char named[] = "\n\r\t\\\"";
    static const char letters[] = "nrt\\\"";
    const char *at = memchr(named, byte, sizeof named - 1);

    if (at == NULL && byte >= ' ' && byte <= '~') {
        text[0] = (char)byte;
        return 1;
    }
    text[0] = '\\';
    text[1] = at == NULL ? 'x' : letters[at - named];
    if (at != NULL)
        return 2;
    text[2] = "0123456789abcdef"[byte >> 4];
    text[3] = "0123456789abcdef"[byte & 15];
    return NB_TRACE_ESCAPED;
}

/* Columns of the first `most` bytes in quotes; more than `room` may be less. */
static size_t measure(const unsigned char *bytes, size_t most, size_t room)
{
    size_t columns = sizeof "\"\"" - 1;
    char text[NB_TRACE_ESCAPED];

    for (size_t i = 0; i < most && columns <= room; i++)
        columns += nb_trace_bytes_escape(bytes[i], text);
    return columns;
}

size_t nb_trace_bytes_fit(const void *data, size_t len, size_t most,
                          size_t room)
{
    const unsigned char *bytes = data;
    size_t columns = sizeof "\"\"..." - 1;
    size_t fit = 0;
    char text[REST];

    if (measure(bytes, most, room) + format_rest(len - most, text) <= room)
        return most;
    for (size_t i = 0; i + 1 < most; i++) {
        columns += nb_trace_bytes_escape(bytes[i], text);
        if (columns > room)
            break;
        fit = i + 1;
    }
    return fit;
}

void nb_trace_bytes_quote(struct nb_out *out, const void *data, size_t len,
                          size_t shown, bool counted)
{
    const unsigned char *bytes = data;
    char text[REST];

    nb_out_text(out, "\"");
    for (size_t i = 0; i < shown; i++)
        nb_out_write(out, text, nb_trace_bytes_escape(bytes[i], text));
    nb_out_text(out, "\"");
    if (counted)
        nb_out_write(out, text, format_rest(len - shown, text));
    else if (shown < len)
        nb_out_text(out, "...");
}

/* Columns of a line with so many bytes. */
static size_t columns(size_t per_line)
{
    return sizeof "  00000000   ||" - 1 + 4 * per_line;
}

static void dump_line(struct nb_out *out, const unsigned char *bytes,
                      size_t count, size_t per_line)
{
    char hex[3 * PER_LINE];
    char text[PER_LINE];

    memset(hex, ' ', sizeof hex);
    for (size_t i = 0; i < count; i++) {
        bool shown = bytes[i] >= ' ' && bytes[i] <= '~';
        hex[3 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[3 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
        text[i] = shown ? (char)bytes[i] : '.';
    }
    nb_out_printf(out, "%.*s |%.*s|\n", (int)(3 * per_line), hex, (int)count,
                  text);
}

void nb_trace_bytes_dump(struct nb_out *out, const void *data, size_t len,
                         size_t shown, unsigned width)
{
    const unsigned char *bytes = data;
    size_t per_line = PER_LINE;
    char text[REST];

    while (per_line > LEAST && width > 0 && columns(per_line) > width)
        per_line /= 2;
    for (size_t at = 0; at < shown; at += per_line) {
        nb_out_printf(out, "  %08zx  ", at);
        dump_line(out, bytes + at,
                  shown - at < per_line ? shown - at : per_line, per_line);
    }
    if (shown < len) {
        nb_out_text(out, "  ");
        nb_out_write(out, text, format_rest(len - shown, text));
        nb_out_text(out, "\n");
    }
}
