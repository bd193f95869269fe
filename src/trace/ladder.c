/* The ladder diagram of a trace: see ladder.h. */
#include "trace/ladder.h"

#include <errno.h>

#include "trace/columns.h"
#include "trace/labels.h"
#include "trace/layout.h"
#include "trace/pairs.h"
#include "trace/parties.h"
#include "trace/rungs.h"
#include "trace/stable.h"
#include "util/alloc.h"

/* Fills what there is room for. */
static int build(struct nb_ladder *ladder, struct nb_parties *parties,
                 size_t *mates)
{
    nb_pairs_find(parties, mates);
    nb_rungs_make(ladder, parties, mates);
    nb_columns_name(ladder, parties);
    if (ladder->stable && nb_stable_rewrite(ladder) < 0)
        return -ENOMEM;
    nb_labels_make(ladder, parties);
    return nb_layout_make(ladder);
}

/* All of it. Returns 0 or -ENOMEM. */
static int try_to_make(struct nb_ladder *ladder, struct nb_keep *keep)
{
    struct nb_parties parties;
    size_t *mates = NULL;
    int rc = -ENOMEM;

    if (nb_parties_make(&parties, keep) < 0)
        goto out;
    mates = nb_calloc(keep->count + 1, sizeof *mates);
    ladder->columns = nb_calloc(2 * keep->count + 1, sizeof *ladder->columns);
    ladder->rungs =
        nb_calloc(NB_RUNGS_PER_EVENT * keep->count + 1, sizeof *ladder->rungs);
    if (mates != NULL && ladder->columns != NULL && ladder->rungs != NULL)
        rc = build(ladder, &parties, mates);
out:
    nb_free(mates);
    nb_parties_free(&parties);
    return rc;
}

/* Begins with an empty one. */
static void empty(struct nb_ladder *ladder, struct nb_keep *keep, bool stable)
{
    *ladder = (struct nb_ladder){
        .keep = keep,
        .stable = stable,
        .width = NB_LADDER_LEAST,
        .height = NB_LADDER_TOP,
    };
}

void nb_ladder_make(struct nb_ladder *ladder, struct nb_keep *keep, bool stable)
{
    empty(ladder, keep, stable);
    nb_keep_shorten(keep);
    if (try_to_make(ladder, keep) == 0)
        return;
    uint64_t cut = keep->cut + keep->count;
    nb_ladder_free(ladder);
    nb_keep_deinit(keep);
    keep->cut = cut;
    empty(ladder, keep, stable);
}

void nb_ladder_free(struct nb_ladder *ladder)
{
    nb_free(ladder->columns);
    nb_free(ladder->rungs);
    nb_free(ladder->instants);
    *ladder = (struct nb_ladder){.keep = NULL};
}
