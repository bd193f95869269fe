/*
 * The ladder diagram of a trace, as in a textbook: what is to be drawn, and
 * where, but no drawing.
 *
 * A column is an endpoint; a rung is an arrow between two of them, a point on
 * one, or a note across all. Time runs downwards. Lengths are in pixels; a
 * character of a label takes NB_LADDER_CELL tenths of one, so nothing overlaps.
 */
#ifndef NB_TRACE_LADDER_H
#define NB_TRACE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/keep.h"

enum {
    NB_LADDER_CELL = 73,   /* tenths of a pixel that a character is wide */
    NB_LADDER_NAME = 160,  /* room for the name of a column */
    NB_LADDER_LABEL = 160, /* room for a label */
    NB_LADDER_ROLE = 32,   /* for the name of a role */
    NB_LADDER_TOP = 20,    /* what is left free above and beside it all */
    NB_LADDER_GAP = 24,    /* between the heads of two columns */
    NB_LADDER_HEAD = 64,   /* height of the head of a column */
    NB_LADDER_LEAST = 420, /* width of a picture */
};

struct nb_column {
    char name[NB_LADDER_NAME];    /* address and port, a path, a role */
    char role[NB_LADDER_ROLE];    /* "client2", where `by_role` */
    char threads[NB_LADDER_NAME]; /* who spoke there: "main, reader" */
    enum nb_trace_proto proto;
    struct nb_addr addr; /* len 0: it has none */
    bool by_role;        /* its port, or all of its name, is the role's */
    bool here;           /* a socket of this program is there ... */
    bool serves;         /* ... as struct nb_party has it */
    bool dials;
    bool bound;
    int x;
};

enum nb_rung_kind { NB_RUNG_ARROW, NB_RUNG_POINT, NB_RUNG_NOTE };

struct nb_rung {
    enum nb_rung_kind kind;
    char label[NB_LADDER_LABEL];
    const char *remark; /* a sentence of what became of it, or NULL */
    size_t event;       /* which it shows, and with what became of it: */
    size_t end;         /* the one that tells of its arrival, or NONE */
    size_t from;        /* column; of a note NONE */
    size_t to;
    uint64_t first; /* row in which it starts ... */
    uint64_t last;  /* ... and parties, as numbers that only order them */
    bool data;      /* it carries bytes */
    bool again;     /* bytes that were sent before */
    bool lost;      /* it does not reach its end */
    bool cross;     /* a cross is where it ends */
    int x1, y1, x2, y2;
    int label_x, label_y; /* where it begins; its baseline */
};

/* A place on the scale of time. */
struct nb_instant {
    int y;
    int64_t time; /* of the moment, ... */
    int64_t fold; /* ... unless nothing happened here, and so long */
};

struct nb_ladder {
    struct nb_keep *keep; /* borrowed */
    bool stable;          /* no times, ports by role */
    struct nb_column *columns;
    size_t column_count;
    struct nb_rung *rungs;
    size_t rung_count;
    struct nb_instant *instants;
    size_t instant_count;
    int width;
    int height;   /* where the columns end */
    int distance; /* of two columns */
    int left;     /* where they begin: the scale of time is there */
    size_t messages;
    size_t lost;
};

/*
 * Makes the ladder of what `keep` has, which it may change, and which must
 * outlive it. Without memory there is nothing in it, and all counts as cut.
 */
void nb_ladder_make(struct nb_ladder *ladder, struct nb_keep *keep,
                    bool stable);
void nb_ladder_free(struct nb_ladder *ladder);

#endif
