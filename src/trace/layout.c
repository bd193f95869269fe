/* Where everything of a ladder is: see layout.h. */
#include "trace/layout.h"

#include <errno.h>
#include <stdlib.h>

#include "trace/ladder.h"
#include "trace/markup.h"
#include "trace/rungs.h"
#include "util/alloc.h"

enum {
    ROW = 30,      /* the least distance of two rows */
    STRETCH = 14,  /* what a row has more than that, on average */
    LONGEST = 200, /* what one may have more, before it is folded */
    RULES = 10,    /* ... as is one that is so many times all others */
    FOLD = 30,     /* what a folded one has more */
    SCALE = 92,    /* width of the scale of time */
    MARGIN = NB_LADDER_TOP,
    SLANT = 20,   /* how far one that is lost falls */
    LOOP = 44,    /* width of an arrow that returns to its column */
    TAIL = 12,    /* how far a label keeps from a column */
    NARROW = 240, /* distance of two columns, at least */
    WIDE = 400,   /* ... and at most */
};

struct row {
    uint64_t key;
    int64_t time;
    int64_t wait; /* since the row before it */
    bool folded;
    int y;
};

struct rows {
    struct row *rows;
    size_t count;
};

static int compare(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

static struct row *find(const struct rows *rows, uint64_t key)
{
    struct row wanted = {.key = key};

    return bsearch(&wanted, rows->rows, rows->count, sizeof wanted, compare);
}

/* The rows in which a rung starts or ends, in order. */
static void collect(struct rows *rows, const struct nb_ladder *ladder)
{
    size_t count = 0;

    for (size_t i = 0; i < ladder->rung_count; i++) {
        rows->rows[count++].key = ladder->rungs[i].first;
        rows->rows[count++].key = ladder->rungs[i].last;
    }
    if (count > 0)
        qsort(rows->rows, count, sizeof *rows->rows, compare);
    for (size_t i = 0; i < count; i++) {
        struct row *last = &rows->rows[rows->count];
        if (rows->count > 0 && last[-1].key == rows->rows[i].key)
            continue;
        *last = rows->rows[i];
        last->time =
            ladder->keep->events[last->key / NB_RUNGS_PARTS].event.time;
        last->wait = rows->count > 0 ? last->time - last[-1].time : 0;
        if (last->wait < 0)
            last->wait = 0;
        rows->count++;
    }
}

/* The time that is not folded, and the longest wait of it. */
static double unfolded(const struct rows *rows, struct row **longest)
{
    double sum = 0;

    *longest = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        struct row *row = &rows->rows[i];
        if (row->folded)
            continue;
        sum += (double)row->wait;
        if (*longest == NULL || row->wait > (*longest)->wait)
            *longest = row;
    }
    return sum;
}

/*
 * Folds a wait that would be too long, and one beside which all others are
 * nothing. Returns the pixels of a nanosecond.
 */
static double fold(const struct rows *rows)
{
    struct row *longest = NULL;
    double room = (double)rows->count * STRETCH;

    for (;;) {
        double sum = unfolded(rows, &longest);
        if (sum <= 0)
            return 0;
        double wait = (double)longest->wait;
        bool rules = sum > wait && wait > RULES * (sum - wait);
        if (room / sum * wait <= LONGEST && !rules)
            return room / sum;
        longest->folded = true;
    }
}

static void place_rows(struct nb_ladder *ladder, const struct rows *rows)
{
    double scale = fold(rows);
    int y = MARGIN + NB_LADDER_HEAD + ROW / 3;

    for (size_t i = 0; i < rows->count; i++) {
        struct row *row = &rows->rows[i];
        int more = row->folded ? FOLD : (int)(scale * (double)row->wait);
        if (row->folded)
            ladder->instants[ladder->instant_count++] = (struct nb_instant){
                .y = y + (ROW + FOLD) / 2, .fold = row->wait};
        y += ROW + more;
        row->y = y;
        if (row->key % NB_RUNGS_PARTS == NB_RUNGS_MOMENT && !ladder->stable)
            ladder->instants[ladder->instant_count++] =
                (struct nb_instant){.y = y, .time = row->time};
    }
    ladder->height = y + ROW;
}

/* Cells in pixels, rounded up. */
static int pixels(unsigned cells)
{
    return (int)(cells * NB_LADDER_CELL + 9) / 10;
}

/* The distance of columns at which every label has room between two. */
static int find_distance(const struct nb_ladder *ladder)
{
    int distance = NARROW;

    for (size_t i = 0; i < ladder->column_count; i++) {
        int name = pixels(nb_markup_cells(ladder->columns[i].name)) + 44;
        if (name > distance)
            distance = name;
    }
    for (size_t i = 0; i < ladder->rung_count; i++) {
        const struct nb_rung *rung = &ladder->rungs[i];
        int label = pixels(nb_markup_cells(rung->label)) + 44;
        if (rung->kind != NB_RUNG_NOTE && label > distance)
            distance = label;
    }
    return distance < WIDE ? distance : WIDE;
}

/* True if something is written to the right of the last column. */
static bool is_right_used(const struct nb_ladder *ladder)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        const struct nb_rung *rung = &ladder->rungs[i];
        if (rung->kind != NB_RUNG_NOTE && rung->from == rung->to &&
            rung->to == ladder->column_count - 1)
            return true;
    }
    return false;
}

static void place_columns(struct nb_ladder *ladder)
{
    int distance = ladder->distance;
    int count = (int)ladder->column_count;

    ladder->left = MARGIN + (ladder->stable ? 0 : SCALE);
    for (int i = 0; i < count; i++)
        ladder->columns[i].x = ladder->left + distance / 2 + i * distance;
    ladder->width = ladder->left + count * distance + MARGIN;
    if (count > 0 && is_right_used(ladder))
        ladder->width += distance / 2;
    if (ladder->width < NB_LADDER_LEAST)
        ladder->width = NB_LADDER_LEAST;
}

static void place_rung(const struct nb_ladder *ladder, const struct rows *rows,
                       struct nb_rung *rung)
{
    rung->y1 = find(rows, rung->first)->y;
    rung->y2 = find(rows, rung->last)->y;
    if (rung->kind == NB_RUNG_NOTE) {
        rung->x1 = MARGIN;
        rung->x2 = ladder->width - MARGIN;
        return;
    }
    rung->x1 = ladder->columns[rung->from].x;
    rung->x2 = ladder->columns[rung->to].x;
    if (rung->kind == NB_RUNG_POINT)
        return;
    if (rung->x1 == rung->x2) {
        rung->x2 += LOOP;
        if (rung->y2 < rung->y1 + SLANT / 2)
            rung->y2 = rung->y1 + SLANT / 2;
    } else if (rung->lost) {
        rung->x2 -= (rung->x2 - rung->x1) / 4;
        rung->y2 = rung->y1 + SLANT;
    }
}

/* Where a label may be. */
struct box {
    int left, right, top, bottom;
};

/* The line of an arrow at x, times its width: for comparisons. */
static bool is_between(const struct nb_rung *rung, int x, int top, int bottom)
{
    double part = (double)(x - rung->x1) / (rung->x2 - rung->x1);
    double y = rung->y1 + part * (rung->y2 - rung->y1);

    return y > top && y < bottom;
}

/* True if the line goes through the box: there it meets an upright side. */
static bool crosses(const struct nb_rung *rung, const struct box *box)
{
    int left = rung->x1 < rung->x2 ? rung->x1 : rung->x2;
    int right = rung->x1 < rung->x2 ? rung->x2 : rung->x1;

    if (rung->kind != NB_RUNG_ARROW || rung->from == rung->to ||
        rung->y2 < box->top || rung->y1 > box->bottom)
        return false;
    left = left > box->left ? left : box->left;
    right = right < box->right ? right : box->right;
    for (int x = left; x <= right; x += 4) {
        if (is_between(rung, x, box->top, box->bottom))
            return true;
    }
    return false;
}

static bool is_free(const struct nb_ladder *ladder, const struct box *box)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        if (crosses(&ladder->rungs[i], box))
            return false;
    }
    return true;
}

/*
 * Puts the label so far from the tail: above its own line, but never out of
 * the band between its row and the others.
 */
static struct box put_label(struct nb_rung *rung, int distance)
{
    int width = pixels(nb_markup_cells(rung->label));
    int across = rung->x2 - rung->x1;
    int fall =
        (rung->y2 - rung->y1) * distance / (across < 0 ? -across : across);

    rung->label_x =
        across < 0 ? rung->x1 - distance - width : rung->x1 + distance;
    rung->label_y = rung->y1 + (fall < 9 ? fall - 5 : 4);
    return (struct box){rung->label_x, rung->label_x + width,
                        rung->label_y - 11, rung->label_y + 3};
}

/*
 * At the tail, or in the middle between its column and the next, which is the
 * place where an arrow is level.
 */
static void place_label(const struct nb_ladder *ladder, struct nb_rung *rung)
{
    int width = pixels(nb_markup_cells(rung->label));
    int reach = abs(rung->x2 - rung->x1);
    int near = reach < ladder->distance ? reach : ladder->distance;
    int middle = (near - width) / 2;
    bool level = rung->y1 == rung->y2;

    rung->label_x = rung->x1 + TAIL;
    rung->label_y = rung->y1 + 4;
    if (rung->kind == NB_RUNG_NOTE)
        rung->label_x = (rung->x1 + rung->x2 - width) / 2;
    if (rung->kind != NB_RUNG_ARROW || width == 0)
        return;
    if (rung->from == rung->to)
        rung->label_x += LOOP;
    else if (middle < TAIL || level) {
        put_label(rung, level ? middle : TAIL);
    } else {
        struct box tail = put_label(rung, TAIL);
        struct box centre = put_label(rung, middle);
        if (is_free(ladder, &tail) || !is_free(ladder, &centre))
            put_label(rung, TAIL);
    }
}

/* What does not fit after all ends with dots. */
static void cut_labels(struct nb_ladder *ladder)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        struct nb_rung *rung = &ladder->rungs[i];
        int room = rung->kind == NB_RUNG_NOTE ? ladder->width - 4 * MARGIN
                                              : ladder->distance - 40;
        nb_markup_cut(rung->label, (unsigned)(room * 10 / NB_LADDER_CELL));
    }
}

int nb_layout_make(struct nb_ladder *ladder)
{
    struct rows rows = {
        .rows = nb_calloc(2 * ladder->rung_count + 1, sizeof *rows.rows)};

    if (rows.rows == NULL)
        return -ENOMEM;
    collect(&rows, ladder);
    ladder->instants = nb_calloc(2 * rows.count + 1, sizeof *ladder->instants);
    if (ladder->instants == NULL) {
        nb_free(rows.rows);
        return -ENOMEM;
    }
    place_rows(ladder, &rows);
    ladder->distance = find_distance(ladder);
    place_columns(ladder);
    cut_labels(ladder);
    for (size_t i = 0; i < ladder->rung_count; i++)
        place_rung(ladder, &rows, &ladder->rungs[i]);
    for (size_t i = 0; i < ladder->rung_count; i++)
        place_label(ladder, &ladder->rungs[i]);
    nb_free(rows.rows);
    return 0;
}
