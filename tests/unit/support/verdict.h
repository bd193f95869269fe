/*
 * What a program printed while something went wrong, judged by what it prints
 * when all goes well. A line belongs to whoever its first word names; between
 * those the order is free.
 */
#ifndef NB_SUPPORT_VERDICT_H
#define NB_SUPPORT_VERDICT_H

#include <stdbool.h>

/*
 * True if nobody printed what they do not print in `good`, or in another
 * order; lines may be missing, and the end of a line.
 */
bool verdict_is_part(const char *out, const char *good);

/* True if everybody printed what they print in `good`. */
bool verdict_is_same(const char *out, const char *good);

/*
 * The codes in reports on standard error, "netbox: ... (CODE, call" and
 * "handled: (CODE, call": copies the next one into `code` and returns what is
 * behind it; NULL at the end. A report without a code gives "".
 */
const char *verdict_next_code(const char *err, char code[32]);

#endif
