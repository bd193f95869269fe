/*
 * Bytes of the wire for people: in quotes, escaped as in a string of Lua, or
 * as a hex dump. Only printable ASCII comes out.
 *
 * Of many bytes the first are shown; the others are counted:
 * "... (1,234 more)".
 */
#ifndef NB_TRACE_BYTES_H
#define NB_TRACE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/out.h"

/* Bytes that one takes in quotes at most: "\xff". */
enum { NB_TRACE_ESCAPED = 4 };

/* Writes a byte as it is in quotes. Returns the length. */
size_t nb_trace_bytes_escape(unsigned char byte, char text[NB_TRACE_ESCAPED]);

/* Room for a number with commas, and NUL. */
enum { NB_TRACE_COUNT_TEXT = 32 };

/* Writes "1,234,567". */
void nb_trace_bytes_count(uint64_t count, char text[NB_TRACE_COUNT_TEXT]);

/*
 * How many of `len` bytes nb_trace_bytes_quote() can show in `room` columns:
 * `most` of them, with the number of the others, or fewer, without.
 */
size_t nb_trace_bytes_fit(const void *data, size_t len, size_t most,
                          size_t room);

/*
 * Writes the first `shown` of them in quotes, and then, if there are others,
 * "...", with their number if they are to be counted.
 */
void nb_trace_bytes_quote(struct nb_out *out, const void *data, size_t len,
                          size_t shown, bool counted);

/*
 * Writes lines of a hex dump that fit `width` columns, 0: any number; and how
 * many bytes are left.
 */
void nb_trace_bytes_dump(struct nb_out *out, const void *data, size_t len,
                         size_t shown, unsigned width);

#endif
