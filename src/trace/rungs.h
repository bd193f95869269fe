/*
 * The rungs of a ladder: what each event of a trace is in the picture.
 *
 * TCP's own segments are drawn as they must have been: SYN, SYN+ACK and ACK
 * once for each connection, FIN, RST. Acknowledgements of data are not.
 */
#ifndef NB_TRACE_RUNGS_H
#define NB_TRACE_RUNGS_H

#include <stddef.h>

struct nb_parties;
struct nb_ladder;

enum {
    NB_RUNGS_PER_EVENT = 4, /* rungs that one event can make, at most */
    NB_RUNGS_PARTS = 8,     /* rows that it can make */
    NB_RUNGS_MOMENT = 4,    /* the one of them in which it happened */
};

/*
 * Fills the ladder's columns and rungs, for which there is room. `mates` are
 * those of nb_pairs_find().
 */
void nb_rungs_make(struct nb_ladder *ladder, struct nb_parties *parties,
                   const size_t *mates);

#endif
