/* A ladder as SVG: see svg.h. */
#include "trace/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trace/embedded.h"
#include "trace/ladder.h"
#include "trace/markup.h"
#include "trace/out.h"
#include "trace/picture.h"
#include "trace/remark.h"
#include "trace/sink.h"

enum {
    COLORS = 5,
    WIDE = 2400, /* a picture that is wider is not made to fit a window */
    LINE = 18,   /* height of a line below the ladder */
    TIP = 10,    /* length of an arrowhead ... */
    WING = 4,    /* ... and half of its width */
    ARM = 6,     /* half the width of a cross */
};

void nb_svg_summary(const struct nb_ladder *ladder, char text[NB_SVG_SUMMARY])
{
    int len =
        snprintf(text, NB_SVG_SUMMARY, "%zu message%s between %zu endpoint%s",
                 ladder->messages, ladder->messages == 1 ? "" : "s",
                 ladder->column_count, ladder->column_count == 1 ? "" : "s");

    if (ladder->lost > 0)
        snprintf(text + len, NB_SVG_SUMMARY - (size_t)len, ", %zu lost",
                 ladder->lost);
}

/* Writes `<text class="..." x="..." y="...">` and so on. */
static void write_text(struct nb_out *out, const char *class, int x, int y,
                       const char *text)
{
    nb_out_printf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    nb_markup_text(out, text);
    nb_out_text(out, "</text>");
}

/* The lines of all columns, under everything else. */
static void write_lives(struct nb_out *out, const struct nb_ladder *ladder)
{
    for (size_t i = 0; i < ladder->column_count; i++)
        nb_out_printf(out, "<path class=\"life\" d=\"M%d %dV%d\"/>\n",
                      ladder->columns[i].x, NB_LADDER_TOP + NB_LADDER_HEAD,
                      ladder->height);
}

static void write_head(struct nb_out *out, const struct nb_ladder *ladder,
                       const struct nb_column *column)
{
    static const char *const protos[NB_TRACE_PROTOS] = {
        [NB_TRACE_NONE] = "",
        [NB_TRACE_TCP] = "TCP",
        [NB_TRACE_UDP] = "UDP",
        [NB_TRACE_ICMP] = "ICMP",
        [NB_TRACE_UNIX_STREAM] = "unix stream",
        [NB_TRACE_UNIX_DATAGRAM] = "unix datagram",
    };
    const char *whose = column->here ? column->threads : "not in this program";
    int width = ladder->distance - NB_LADDER_GAP;
    unsigned cells = (unsigned)(width - 16) * 10 / NB_LADDER_CELL;
    int top = NB_LADDER_TOP;
    char name[NB_LADDER_NAME];
    char who[NB_LADDER_NAME];

    snprintf(name, sizeof name, "%s", column->name);
    snprintf(who, sizeof who, "%s", whose);
    nb_markup_cut(name, cells);
    nb_markup_cut(who, cells);
    nb_out_printf(out, "<g class=\"column%s\"><title>",
                  column->here ? "" : " elsewhere");
    nb_markup_text(out, column->name);
    nb_out_text(out, "\n");
    nb_markup_text(out, whose);
    nb_out_printf(out,
                  "</title><rect class=\"head\" x=\"%d\" y=\"%d\" "
                  "width=\"%d\" height=\"%d\" rx=\"4\"/>",
                  column->x - width / 2, top, width, NB_LADDER_HEAD);
    write_text(out, "name", column->x, top + 20, name);
    write_text(out, "who", column->x, top + 37, protos[column->proto]);
    write_text(out, "who", column->x, top + 54, who);
    nb_out_text(out, "</g>\n");
}

/* The heads of all columns, above everything: a page keeps them in sight. */
static void write_heads(struct nb_out *out, const struct nb_ladder *ladder)
{
    nb_out_printf(out,
                  "<g class=\"heads\"><rect class=\"paper\" width=\"%d\" "
                  "height=\"%d\"/>\n",
                  ladder->width, NB_LADDER_TOP + NB_LADDER_HEAD);
    for (size_t i = 0; i < ladder->column_count; i++)
        write_head(out, ladder, &ladder->columns[i]);
    nb_out_text(out, "</g>\n");
}

/* Times at the left, and what is folded. */
static void write_instants(struct nb_out *out, const struct nb_ladder *ladder)
{
    char text[NB_REMARK_TIME];
    char before[NB_REMARK_TIME] = "";
    int middle = ladder->left + ladder->distance;

    for (size_t i = 0; i < ladder->instant_count; i++) {
        const struct nb_instant *instant = &ladder->instants[i];
        if (instant->fold > 0) {
            nb_remark_duration(instant->fold, text);
            nb_out_printf(out,
                          "<g class=\"fold\"><rect class=\"paper\" x=\"%d\" "
                          "y=\"%d\" width=\"%d\" height=\"20\"/>"
                          "<text x=\"%d\" y=\"%d\">\xe2\x8b\xaf %s "
                          "\xe2\x8b\xaf</text></g>\n",
                          ladder->left, instant->y - 10,
                          ladder->width - ladder->left, middle, instant->y + 4,
                          text);
            continue;
        }
        nb_remark_time(ladder, instant->time, text);
        if (strcmp(text, before) != 0)
            write_text(out, "time", ladder->left - 8, instant->y + 4, text);
        memcpy(before, text, sizeof before);
    }
    nb_out_text(out, "\n");
}

static void write_cross(struct nb_out *out, int x, int y)
{
    nb_out_printf(out, "<path class=\"cross\" d=\"M%d %dl%d %dm0 %dl%d %d\"/>",
                  x - ARM, y - ARM, 2 * ARM, 2 * ARM, -2 * ARM, -2 * ARM,
                  2 * ARM);
}

/* The head of an arrow that comes from (x, y). */
static void write_tip(struct nb_out *out, const struct nb_rung *rung, int x,
                      int y)
{
    double across = rung->x2 - x;
    double down = rung->y2 - y;
    double length = sqrt(across * across + down * down);

    across /= length;
    down /= length;
    double back_x = rung->x2 - across * TIP;
    double back_y = rung->y2 - down * TIP;
    nb_out_printf(
        out, "<path class=\"tip\" d=\"M%d %dL%.1f %.1fL%.1f %.1fz\"/>",
        rung->x2, rung->y2, back_x - down * WING, back_y + across * WING,
        back_x + down * WING, back_y - across * WING);
}

/* Line and head, or a loop where it returns to its column. */
static void write_line(struct nb_out *out, const struct nb_rung *rung)
{
    struct nb_rung tip = *rung;
    char line[96];
    bool loop = rung->from == rung->to;
    int x = loop ? rung->x2 : rung->x1;
    int y = loop ? rung->y2 : rung->y1;

    if (loop) {
        tip.x2 = rung->x1;
        snprintf(line, sizeof line, "M%d %dH%dV%dH%d", rung->x1, rung->y1,
                 rung->x2, rung->y2, rung->x1);
    } else {
        snprintf(line, sizeof line, "M%d %dL%d %d", rung->x1, rung->y1,
                 rung->x2, rung->y2);
    }
    nb_out_printf(out,
                  "<path class=\"hit\" d=\"%s\"/><path class=\"line\" "
                  "d=\"%s\"/>",
                  line, line);
    if (!rung->lost)
        write_tip(out, &tip, x, y);
    if (rung->cross)
        write_cross(out, rung->x2, rung->y2);
}

static void write_label(struct nb_out *out, const struct nb_rung *rung)
{
    if (*rung->label != '\0')
        write_text(out, "label", rung->label_x, rung->label_y, rung->label);
}

static void write_point(struct nb_out *out, const struct nb_rung *rung)
{
    if (rung->cross)
        write_cross(out, rung->x1, rung->y1);
    else
        nb_out_printf(out,
                      "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"4\"/>",
                      rung->x1, rung->y1);
}

static void write_note(struct nb_out *out, const struct nb_rung *rung)
{
    nb_out_printf(out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"22\" "
                  "rx=\"4\"/>",
                  rung->x1, rung->y1 - 11, rung->x2 - rung->x1);
}

/* What the script of a page asks for. */
static void write_data(struct nb_out *out, const struct nb_ladder *ladder,
                       const struct nb_rung *rung)
{
    const struct nb_kept *kept = &ladder->keep->events[rung->event];

    nb_out_printf(out, " tabindex=\"-1\" data-conversation=\"%" PRIu64 "\"",
                  kept->event.conversation);
    if (!rung->data || kept->stored == 0)
        return;
    nb_out_text(out, " data-bytes=\"");
    nb_markup_base64(out, kept->data, kept->stored);
    nb_out_text(out, "\"");
}

static void write_rung(struct nb_out *out, const struct nb_ladder *ladder,
                       const struct nb_rung *rung, bool in_page)
{
    static const char *const classes[] = {"message", "point", "note"};
    uint64_t conversation =
        ladder->keep->events[rung->event].event.conversation;

    nb_out_printf(out, "<g class=\"rung %s c%d%s\"", classes[rung->kind],
                  conversation == 0 ? 0 : (int)((conversation - 1) % COLORS),
                  rung->again ? " again" : "");
    if (in_page)
        write_data(out, ladder, rung);
    nb_out_text(out, "><title>");
    nb_remark_write(out, ladder, rung);
    nb_out_text(out, "</title>");
    if (rung->kind == NB_RUNG_ARROW) {
        write_line(out, rung);
    } else if (rung->kind == NB_RUNG_POINT) {
        write_point(out, rung);
    } else {
        write_note(out, rung);
    }
    write_label(out, rung);
    nb_out_text(out, "</g>\n");
}

/* The last lines: the summary, and what the picture leaves out. */
static void write_foot(struct nb_out *out, const struct nb_ladder *ladder,
                       const char *title, const char *summary)
{
    int y = ladder->height + LINE + 4;
    char text[NB_SVG_SUMMARY + 80];

    snprintf(text, sizeof text, "%.64s: %s", title, summary);
    nb_markup_cut(text, (unsigned)(ladder->width - 40) * 10 / NB_LADDER_CELL);
    write_text(out, "foot", NB_LADDER_TOP, y, text);
    if (ladder->keep->cut == 0)
        return;
    snprintf(text, sizeof text,
             "The first %zu events; %" PRIu64 " more were left out.",
             ladder->keep->count, ladder->keep->cut);
    write_text(out, "foot cut", NB_LADDER_TOP, y + LINE, text);
}

void nb_svg_write(struct nb_out *out, const struct nb_ladder *ladder,
                  const char *title, bool in_page)
{
    char summary[NB_SVG_SUMMARY];
    int height = ladder->height + 2 * LINE + (ladder->keep->cut > 0 ? LINE : 0);

    nb_svg_summary(ladder, summary);
    nb_out_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ladder%s\" "
        "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
        "role=\"%s\" aria-labelledby=\"ladder-title ladder-summary\">"
        "\n<title id=\"ladder-title\">",
        ladder->width > WIDE ? " wide" : "", ladder->width, height,
        ladder->width, height, in_page ? "group" : "img");
    nb_markup_text(out, title);
    nb_out_text(out, "</title>\n<desc id=\"ladder-summary\">");
    nb_markup_text(out, summary);
    nb_out_text(out, "</desc>\n<style>\n");
    nb_out_text(out, nb_embedded_ladder_css);
    nb_out_printf(out,
                  "</style>\n<rect class=\"paper\" width=\"%d\" "
                  "height=\"%d\"/>\n",
                  ladder->width, height);
    write_lives(out, ladder);
    write_instants(out, ladder);
    for (size_t i = 0; i < ladder->rung_count; i++)
        write_rung(out, ladder, &ladder->rungs[i], in_page);
    write_heads(out, ladder);
    write_foot(out, ladder, title, summary);
    nb_out_text(out, "\n</svg>\n");
}

static void draw(struct nb_out *out, const struct nb_ladder *ladder,
                 const char *title)
{
    nb_svg_write(out, ladder, title, false);
}

struct nb_trace_sink *nb_trace_svg_new(int fd,
                                       const struct nb_trace_options *options)
{
    return nb_picture_new(fd, options, draw);
}
