/* Text for XML and HTML: see markup.h. */
#include "trace/markup.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "trace/bytes.h"
#include "trace/out.h"
#include "trace/utf8.h"
#include "util/list.h"

enum {
    GLIMPSE = 24, /* columns of a payload in a label */
    HEX = 8,      /* bytes of it */
};

#define DOTS "\xe2\x80\xa6"

/* One character of a text, or one byte that is none. */
struct glyph {
    char text[8];   /* as it is shown, with NUL */
    size_t bytes;   /* so many it stands for */
    unsigned cells; /* columns that it is wide */
    bool escaped;
};

/* What is well-formed, and yet nothing to see, or turns the text about it. */
static bool is_hidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c},
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xd800, 0xf8ff},
        {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff0, 0xffff}, {0xe0000, ~0U},
    };

    for (size_t i = 0; i < NB_COUNTOF(ranges); i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return (code & 0xfffe) == 0xfffe;
}

static struct glyph escape(unsigned char byte)
{
    struct glyph glyph = {.bytes = 1, .escaped = true};

    glyph.cells = (unsigned)nb_trace_bytes_escape(byte, glyph.text);
    return glyph;
}

/* The first of `len` bytes, of which there is one at least. */
static struct glyph next(const unsigned char *data, size_t len)
{
    struct glyph glyph = {.cells = 1};
    uint32_t code = 0;

    glyph.bytes = nb_utf8_decode(data, len, &code);
    if (glyph.bytes == 0 || is_hidden(code) || code == '"' || code == '\\')
        return escape(data[0]);
    memcpy(glyph.text, data, glyph.bytes);
    if (code >= 0x1100)
        glyph.cells = 2;
    return glyph;
}

/* The same of a name, in which no quote and no backslash is escaped. */
static struct glyph next_of_name(const char *text, size_t len)
{
    if (*text == '"' || *text == '\\')
        return (struct glyph){.text = {*text}, .bytes = 1, .cells = 1};
    return next((const unsigned char *)text, len);
}

unsigned nb_markup_cells(const char *text)
{
    size_t len = strlen(text);
    unsigned cells = 0;

    while (len > 0) {
        struct glyph glyph = next_of_name(text, len);
        cells += glyph.cells;
        text += glyph.bytes;
        len -= glyph.bytes;
    }
    return cells;
}

void nb_markup_cut(char *text, unsigned cells)
{
    size_t len = strlen(text);
    size_t at = 0;
    unsigned used = 0;

    if (nb_markup_cells(text) <= cells)
        return;
    for (;;) {
        struct glyph glyph = next_of_name(text + at, len - at);
        if (used + glyph.cells + 1 > cells ||
            at + glyph.bytes + sizeof DOTS > len + 1)
            break;
        used += glyph.cells;
        at += glyph.bytes;
    }
    memcpy(text + at, DOTS, sizeof DOTS);
}

/* Adds the beginning as hex. */
static void add_hex(char *label, size_t size, const unsigned char *data,
                    size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t used = strlen(label);
        snprintf(label + used, size - used, "%s%02x", i > 0 ? " " : "",
                 data[i]);
    }
}

/* The glyphs that fit the columns, and how many of them are escapes. */
static size_t fit(const unsigned char *data, size_t len, char *text,
                  unsigned *escapes)
{
    unsigned cells = 0;
    size_t at = 0;

    *text = '\0';
    *escapes = 0;
    while (at < len) {
        struct glyph glyph = next(data + at, len - at);
        if (cells + glyph.cells > GLIMPSE)
            break;
        cells += glyph.cells;
        at += glyph.bytes;
        *escapes += glyph.escaped && glyph.cells == 4;
        text = stpcpy(text, glyph.text);
    }
    return at;
}

void nb_markup_glimpse(char *label, size_t size, const unsigned char *data,
                       size_t len, bool cut)
{
    char text[4 * GLIMPSE + 1];
    unsigned escapes = 0;
    size_t shown = fit(data, len, text, &escapes);
    size_t used = strlen(label);

    if (escapes * 3 > shown) {
        shown = len < HEX ? len : HEX;
        add_hex(label, size, data, shown);
        used = strlen(label);
        if (cut || shown < len)
            snprintf(label + used, size - used, " " DOTS);
    } else {
        snprintf(label + used, size - used, "\"%s%s\"", text,
                 cut || shown < len ? DOTS : "");
    }
}

/* Writes a glyph, with what XML asks for. */
static void write_glyph(struct nb_out *out, const struct glyph *glyph)
{
    if (strcmp(glyph->text, "&") == 0)
        nb_out_text(out, "&amp;");
    else if (strcmp(glyph->text, "<") == 0)
        nb_out_text(out, "&lt;");
    else if (strcmp(glyph->text, ">") == 0)
        nb_out_text(out, "&gt;");
    else if (strcmp(glyph->text, "\"") == 0)
        nb_out_text(out, "&quot;");
    else
        nb_out_text(out, glyph->text);
}

void nb_markup_text(struct nb_out *out, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        struct glyph glyph = next_of_name(text, len);
        write_glyph(out, &glyph);
        text += glyph.bytes;
        len -= glyph.bytes;
    }
}

void nb_markup_quote(struct nb_out *out, const unsigned char *data, size_t len)
{
    nb_out_text(out, "\"");
    while (len > 0) {
        struct glyph glyph = next(data, len);
        bool ends = *data == '\n';
        write_glyph(out, &glyph);
        data += glyph.bytes;
        len -= glyph.bytes;
        if (ends && len > 0)
            nb_out_text(out, "\n");
    }
    nb_out_text(out, "\"");
}

void nb_markup_base64(struct nb_out *out, const unsigned char *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t bits = (uint32_t)data[i] << 16;
        if (left > 1)
            bits |= (uint32_t)data[i + 1] << 8;
        if (left > 2)
            bits |= data[i + 2];
        char text[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                        left > 1 ? digits[bits >> 6 & 63] : '=',
                        left > 2 ? digits[bits & 63] : '='};
        nb_out_write(out, text, sizeof text);
    }
}
