/*
 * The labels of what carries bytes: how many, their beginning, and whether the
 * same datagram was sent before.
 */
#ifndef NB_TRACE_LABELS_H
#define NB_TRACE_LABELS_H

struct nb_parties;
struct nb_ladder;

/* Labels the rungs, and counts messages and those that were lost. */
void nb_labels_make(struct nb_ladder *ladder, const struct nb_parties *parties);

#endif
