/*
 * What a reader of a ladder is told who points at a rung: where it went, who
 * did it and when, and all the bytes.
 */
#ifndef NB_TRACE_REMARK_H
#define NB_TRACE_REMARK_H

#include <stdint.h>

struct nb_ladder;
struct nb_out;
struct nb_rung;

enum { NB_REMARK_TIME = 40 };

/* Writes a time since the beginning, in one unit for the whole ladder. */
void nb_remark_time(const struct nb_ladder *ladder, int64_t time,
                    char text[NB_REMARK_TIME]);

/* Writes a duration in the unit that fits it. */
void nb_remark_duration(int64_t duration, char text[NB_REMARK_TIME]);

/* Writes some lines, escaped for XML. */
void nb_remark_write(struct nb_out *out, const struct nb_ladder *ladder,
                     const struct nb_rung *rung);

#endif
