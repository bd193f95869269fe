/*
 * What differs from run to run, made the same: for pictures that are kept
 * beside a document, and compared.
 */
#ifndef NB_TRACE_STABLE_H
#define NB_TRACE_STABLE_H

struct nb_keep;
struct nb_ladder;

/*
 * Rewrites what the ladder's events carry: a port that has the name of a role
 * gets it in payloads too, a source its base name, times are gone. Returns 0 or
 * -ENOMEM.
 */
int nb_stable_rewrite(const struct nb_ladder *ladder);

#endif
