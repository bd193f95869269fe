/*
 * The columns of a ladder: one for each address that somebody speaks from or
 * to. They stand in the order of their first use.
 *
 * All sockets with the same address share one, so what a server has accepted
 * stands where it listens. A socket without an address has its own.
 */
#ifndef NB_TRACE_COLUMNS_H
#define NB_TRACE_COLUMNS_H

#include <stddef.h>

struct nb_parties;
struct nb_ladder;

/* The column of the event's socket; NB_KEEP_NONE where it has none. */
size_t nb_columns_here(struct nb_ladder *ladder, struct nb_parties *parties,
                       size_t event);

/* The column of the other end, likewise. */
size_t nb_columns_there(struct nb_ladder *ladder, struct nb_parties *parties,
                        size_t event);

/*
 * Names them and lists their threads. In a stable ladder ports that the system
 * chose get the name of their role, also in what was sent.
 */
void nb_columns_name(struct nb_ladder *ladder,
                     const struct nb_parties *parties);

#endif
