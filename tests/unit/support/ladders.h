/*
 * Ladders of stories, and what each of them must hold to.
 */
#ifndef NB_SUPPORT_LADDERS_H
#define NB_SUPPORT_LADDERS_H

#include "support/story.h"
#include "trace/keep.h"
#include "trace/ladder.h"

struct laddered {
    struct nb_keep keep;
    struct nb_ladder ladder;
};

/* For story_tell(): keeps the event; the context is a struct nb_keep. */
void laddered_keep(void *context, const struct nb_trace_event *event);

/* Lays out these events, or those of a named story. */
void laddered_make(struct laddered *subject, const struct told *told,
                   size_t count, bool stable);
void laddered_named(struct laddered *subject, const char *name, bool stable);

/* Frees it; fails the test where a block of memory is left. */
void laddered_end(struct laddered *subject);

/* The rung number `which`, from 0, with this in its label; NULL: none. */
const struct nb_rung *laddered_find_nth(const struct laddered *subject,
                                        const char *label, int which);

/* The first; fails the test where there is none. */
const struct nb_rung *laddered_find(const struct laddered *subject,
                                    const char *label);

/* The name of a column. */
const char *laddered_column(const struct laddered *subject, size_t index);

/* The labels of all rungs are these, in order, with "; " between them. */
void laddered_check_labels(const struct laddered *subject, const char *labels);

/* No two labels meet, and all is in the picture. */
void laddered_check_room(const struct laddered *subject);

#endif
