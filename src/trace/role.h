/*
 * Ports by their role, for a trace that is to be the same at every run: the
 * system chooses ports anew each time, so "127.0.0.1:40123" is shown as
 * "127.0.0.1:client".
 *
 * An address at which somebody listens, or that was bound, has the role
 * "server"; whoever speaks to it from another one is a "client". From the
 * second on they are numbered: "client2". Ports of servers elsewhere are shown
 * as they are, where somebody chose them. Events that a filter keeps out may be
 * missing. Where there are too many ends, the oldest client is forgotten: it
 * has another number if it is seen again.
 */
#ifndef NB_TRACE_ROLE_H
#define NB_TRACE_ROLE_H

#include <stddef.h>

#include "util/addr.h"

enum {
    NB_TRACE_ROLE_TEXT = 32,
    NB_TRACE_ROLES = 4096, /* ends that are known at a time */
};

struct nb_trace_event;
struct nb_trace_end;

struct nb_trace_roles {
    struct nb_trace_end *ends;
    size_t count;
    size_t room;
    unsigned servers;
    unsigned clients;
};

/* Makes an empty table in the caller's storage. */
void nb_trace_roles_init(struct nb_trace_roles *roles);
void nb_trace_roles_deinit(struct nb_trace_roles *roles);

/*
 * Learns from the event who its two ends are. To be called for each event, in
 * their order. Without memory it learns nothing: ports stay numbers.
 */
void nb_trace_roles_take(struct nb_trace_roles *roles,
                         const struct nb_trace_event *event);

/*
 * Writes the role of the event's local or remote end, "" where it has none.
 * The event was taken before.
 */
void nb_trace_roles_local(const struct nb_trace_roles *roles,
                          const struct nb_trace_event *event,
                          char text[NB_TRACE_ROLE_TEXT]);
void nb_trace_roles_remote(const struct nb_trace_roles *roles,
                           const struct nb_trace_event *event,
                           char text[NB_TRACE_ROLE_TEXT]);

#endif
