/*
 * Where the columns and the rungs of a ladder are.
 *
 * Each row has one label at most, and rows keep a distance, so no two labels
 * meet. Distances beyond that are to one scale of time; a silence that would
 * be longer than all else is folded.
 */
#ifndef NB_TRACE_LAYOUT_H
#define NB_TRACE_LAYOUT_H

struct nb_ladder;

/* Places everything, and fills `instants`. Returns 0 or -ENOMEM. */
int nb_layout_make(struct nb_ladder *ladder);

#endif
