/*
 * Which arrival belongs to which departure, where both are in this program.
 *
 * Datagrams are told by their bytes, a piece of a stream by its place in it.
 * Where events were dropped places are not known: a stream is counted anew.
 */
#ifndef NB_TRACE_PAIRS_H
#define NB_TRACE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

struct nb_parties;

/*
 * For each event its mate, or NB_KEEP_NONE: of a datagram that arrived, how it
 * was sent; of a piece of a stream that was sent, where its last byte arrived,
 * and of one that arrived, what was sent with it. `mates` has room for all.
 */
void nb_pairs_find(const struct nb_parties *parties, size_t *mates);

/* True if events are missing that may have followed this one. */
bool nb_pairs_gap_after(const struct nb_parties *parties, size_t event);

#endif
