/* What a reader is told of a rung: see remark.h. */
#include "trace/remark.h"

#include <stdio.h>

#include "trace/ladder.h"
#include "trace/markup.h"
#include "trace/out.h"

#define MICRO "\xc2\xb5s"

void nb_remark_duration(int64_t duration, char text[NB_REMARK_TIME])
{
    double seconds = (double)duration / 1e9;

    if (duration >= 1000000000)
        snprintf(text, NB_REMARK_TIME, "%.1f s", seconds);
    else if (duration >= 1000000)
        snprintf(text, NB_REMARK_TIME, "%.1f ms", seconds * 1e3);
    else
        snprintf(text, NB_REMARK_TIME, "%.0f " MICRO, seconds * 1e6);
}

void nb_remark_time(const struct nb_ladder *ladder, int64_t time,
                    char text[NB_REMARK_TIME])
{
    const struct nb_keep *keep = ladder->keep;
    int64_t all =
        keep->count > 0 ? keep->events[keep->count - 1].event.time : 0;
    double seconds = (double)time / 1e9;

    if (all < 10000000)
        snprintf(text, NB_REMARK_TIME, "%.0f " MICRO, seconds * 1e6);
    else if (all < 10000000000)
        snprintf(text, NB_REMARK_TIME, "%.2f ms", seconds * 1e3);
    else
        snprintf(text, NB_REMARK_TIME, "%.3f s", seconds);
}

/* "sent by main, echo.lua:12, at 0.12 ms", as far as it is known. */
static void write_event(struct nb_out *out, const struct nb_ladder *ladder,
                        const struct nb_trace_event *event)
{
    char time[NB_REMARK_TIME];

    nb_out_printf(out, "\n%s", nb_trace_kind_name(event->kind));
    if (event->origin.thread[0] != '\0') {
        nb_out_text(out, " by ");
        nb_markup_text(out, event->origin.thread);
    }
    if (event->origin.source[0] != '\0') {
        nb_out_text(out, ", ");
        nb_markup_text(out, event->origin.source);
        nb_out_printf(out, ":%d", event->origin.line);
    }
    if (!ladder->stable) {
        nb_remark_time(ladder, event->time, time);
        nb_out_printf(out, ", at %s", time);
    }
}

static void write_payload(struct nb_out *out, const struct nb_rung *rung,
                          const struct nb_kept *kept)
{
    if (!rung->data || kept->stored == 0)
        return;
    nb_out_text(out, "\n");
    nb_markup_quote(out, kept->data, kept->stored);
    if (kept->cut)
        nb_out_printf(out, "\nthe first %zu of %zu bytes", kept->stored,
                      kept->event.len);
}

void nb_remark_write(struct nb_out *out, const struct nb_ladder *ladder,
                     const struct nb_rung *rung)
{
    const struct nb_kept *kept = &ladder->keep->events[rung->event];

    nb_markup_text(out, rung->label);
    if (rung->kind == NB_RUNG_ARROW) {
        nb_out_text(out, "\n");
        nb_markup_text(out, ladder->columns[rung->from].name);
        nb_out_text(out, " \xe2\x86\x92 ");
        nb_markup_text(out, ladder->columns[rung->to].name);
    }
    write_event(out, ladder, &kept->event);
    if (rung->end != NB_KEEP_NONE)
        write_event(out, ladder, &ladder->keep->events[rung->end].event);
    if (rung->remark != NULL) {
        nb_out_text(out, "\n");
        nb_out_text(out, rung->remark);
    }
    write_payload(out, rung, kept);
}
