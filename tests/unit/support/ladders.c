/* Ladders of stories: see ladders.h. */
#include "support/ladders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fixture.h"
#include "trace/markup.h"

void laddered_keep(void *context, const struct nb_trace_event *event)
{
    nb_keep_take(context, event);
}

void laddered_make(struct laddered *subject, const struct told *told,
                   size_t count, bool stable)
{
    nb_keep_init(&subject->keep, NB_KEEP_PAYLOAD);
    story_tell(told, count, laddered_keep, &subject->keep);
    nb_ladder_make(&subject->ladder, &subject->keep, stable);
}

void laddered_named(struct laddered *subject, const char *name, bool stable)
{
    nb_keep_init(&subject->keep, NB_KEEP_PAYLOAD);
    assert_true(story_tell_named(name, laddered_keep, &subject->keep));
    nb_ladder_make(&subject->ladder, &subject->keep, stable);
}

void laddered_end(struct laddered *subject)
{
    nb_ladder_free(&subject->ladder);
    nb_keep_deinit(&subject->keep);
    assert_int_equal(nb_alloc_account().blocks, 0);
}

const struct nb_rung *laddered_find_nth(const struct laddered *subject,
                                        const char *label, int which)
{
    for (size_t i = 0; i < subject->ladder.rung_count; i++) {
        const struct nb_rung *rung = &subject->ladder.rungs[i];
        if (strstr(rung->label, label) != NULL && which-- == 0)
            return rung;
    }
    return NULL;
}

const struct nb_rung *laddered_find(const struct laddered *subject,
                                    const char *label)
{
    const struct nb_rung *rung = laddered_find_nth(subject, label, 0);

    if (rung == NULL)
        fail_msg("no rung is labelled %s", label);
    return rung;
}

const char *laddered_column(const struct laddered *subject, size_t index)
{
    assert_true(index < subject->ladder.column_count);
    return subject->ladder.columns[index].name;
}

void laddered_check_labels(const struct laddered *subject, const char *labels)
{
    char text[2048] = "";

    for (size_t i = 0; i < subject->ladder.rung_count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? "; " : "",
                 subject->ladder.rungs[i].label);
    }
    assert_string_equal(text, labels);
}

static int pixels(const char *text)
{
    return (int)(nb_markup_cells(text) * NB_LADDER_CELL / 10);
}

static bool labels_meet(const struct nb_rung *a, const struct nb_rung *b)
{
    return *a->label != '\0' && *b->label != '\0' &&
           abs(a->label_y - b->label_y) < 14 &&
           a->label_x < b->label_x + pixels(b->label) &&
           b->label_x < a->label_x + pixels(a->label);
}

void laddered_check_room(const struct laddered *subject)
{
    const struct nb_ladder *ladder = &subject->ladder;

    for (size_t i = 0; i < ladder->rung_count; i++) {
        const struct nb_rung *rung = &ladder->rungs[i];
        assert_true(rung->y1 > NB_LADDER_TOP + NB_LADDER_HEAD);
        assert_true(rung->y2 >= rung->y1 && rung->y2 < ladder->height);
        assert_true(rung->label_x >= 0);
        assert_true(rung->label_x + pixels(rung->label) <= ladder->width);
        for (size_t j = 0; j < i; j++) {
            if (labels_meet(rung, &ladder->rungs[j]))
                fail_msg("%s meets %s", rung->label, ladder->rungs[j].label);
        }
    }
    for (size_t i = 0; i < ladder->column_count; i++)
        assert_true(ladder->columns[i].x + ladder->distance / 2 <=
                    ladder->width);
}
