/*
 * Text for XML and HTML, and bytes as text that a reader can take.
 *
 * What is printable in UTF-8 stays as it is. All else is shown by an escape of
 * Lua's: "\n", "\0", "\xff". So whatever the wire carried, or a thread is
 * called, a document stays well-formed.
 */
#ifndef NB_TRACE_MARKUP_H
#define NB_TRACE_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

struct nb_out;

/* Columns that a text in a fixed font is wide: some characters take two. */
unsigned nb_markup_cells(const char *text);

/* Cuts a text that is wider than `cells`: its end becomes three dots. */
void nb_markup_cut(char *text, unsigned cells);

/*
 * Adds to `label`, which has room for `size`, a glimpse of a payload: its
 * beginning in quotes, or in hex where little of that is text. `cut`: there
 * were more than the `len` bytes.
 */
void nb_markup_glimpse(char *label, size_t size, const unsigned char *data,
                       size_t len, bool cut);

/* Writes a name: escapes stand only for what cannot be printed. */
void nb_markup_text(struct nb_out *out, const char *text);

/* Writes bytes in quotes, on a line for each that they hold. */
void nb_markup_quote(struct nb_out *out, const unsigned char *data, size_t len);

/* Writes base64, RFC 4648 section 4. */
void nb_markup_base64(struct nb_out *out, const unsigned char *data,
                      size_t len);

#endif
