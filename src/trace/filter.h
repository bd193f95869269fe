/*
 * Which events a trace shows, as --trace-filter says it:
 *
 *   port=80 host=127.0.0.1        both
 *   kind=sent,received            one of them
 *   not thread=client or port=53  "not" binds closest, then "and", which may
 *                                 be left out, then "or"
 *
 * Marks, and how many events are missing, pass every filter.
 */
#ifndef NB_TRACE_FILTER_H
#define NB_TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the longest sentence about a wrong filter. */
enum { NB_TRACE_FILTER_WRONG = 320 };

struct nb_trace_event;
struct nb_trace_filter;

/*
 * Reads a filter. Returns 0, -ENOMEM, or -EINVAL with what is wrong in
 * `wrong`, which has room for `size` bytes: a sentence in printable ASCII.
 */
int nb_trace_filter_new(struct nb_trace_filter **filter, const char *text,
                        char *wrong, size_t size);
void nb_trace_filter_free(struct nb_trace_filter *filter);

/* True if the event is to be shown. */
bool nb_trace_filter_match(const struct nb_trace_filter *filter,
                           const struct nb_trace_event *event);

#endif
