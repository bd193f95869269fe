/*
 * A ladder as a page: the picture, and a script to search it, to show one
 * conversation, and to look at the bytes of a message. One file, which asks
 * nobody for another.
 */
#include <inttypes.h>
#include <stdio.h>

#include "trace/embedded.h"
#include "trace/ladder.h"
#include "trace/markup.h"
#include "trace/out.h"
#include "trace/picture.h"
#include "trace/sink.h"
#include "trace/svg.h"

static uint64_t conversation_of(const struct nb_ladder *ladder, size_t rung)
{
    size_t event = ladder->rungs[rung].event;

    return ladder->keep->events[event].event.conversation;
}

/* True if no rung before it is of the same conversation, and it is of one. */
static bool is_first(const struct nb_ladder *ladder, size_t rung)
{
    uint64_t conversation = conversation_of(ladder, rung);

    if (conversation == 0 || ladder->rungs[rung].kind != NB_RUNG_ARROW)
        return false;
    for (size_t i = 0; i < rung; i++) {
        if (conversation_of(ladder, i) == conversation &&
            ladder->rungs[i].kind == NB_RUNG_ARROW)
            return false;
    }
    return true;
}

static void write_conversations(struct nb_out *out,
                                const struct nb_ladder *ladder)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        const struct nb_rung *rung = &ladder->rungs[i];
        if (!is_first(ladder, i))
            continue;
        nb_out_printf(out, "<option value=\"%" PRIu64 "\">",
                      conversation_of(ladder, i));
        nb_markup_text(out, ladder->columns[rung->from].name);
        nb_out_text(out, " \xe2\x86\x94 ");
        nb_markup_text(out, ladder->columns[rung->to].name);
        nb_out_text(out, "</option>\n");
    }
}

static void write_head(struct nb_out *out, const char *title)
{
    nb_out_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                     "<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" "
                     "content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<title>");
    nb_markup_text(out, title);
    nb_out_text(out, "</title>\n<style>\n");
    nb_out_text(out, nb_embedded_page_css);
    nb_out_text(out, "</style>\n</head>\n<body>\n");
}

static void draw(struct nb_out *out, const struct nb_ladder *ladder,
                 const char *title)
{
    char summary[NB_SVG_SUMMARY];

    nb_svg_summary(ladder, summary);
    write_head(out, title);
    nb_out_text(out, "<header>\n<h1>");
    nb_markup_text(out, title);
    nb_out_printf(out,
                  "</h1>\n<p id=\"status\" role=\"status\">%s</p>\n"
                  "<label>Search <input id=\"search\" type=\"search\" "
                  "title=\"Key: /\"></label>\n"
                  "<label>Conversation <select id=\"conversation\">\n"
                  "<option value=\"\">all</option>\n",
                  summary);
    write_conversations(out, ladder);
    nb_out_text(out, "</select></label>\n</header>\n<main>\n"
                     "<div id=\"picture\">\n");
    nb_svg_write(out, ladder, title, true);
    nb_out_text(out, "</div>\n<section id=\"detail\" tabindex=\"0\" "
                     "aria-label=\"The selected message\">\n"
                     "<pre id=\"about\">Choose a message: click it, or go "
                     "from one to the next with the keys \xe2\x86\x91 and "
                     "\xe2\x86\x93.</pre>\n"
                     "<pre id=\"bytes\"></pre>\n</section>\n</main>\n"
                     "<script>\n");
    nb_out_text(out, nb_embedded_page_js);
    nb_out_text(out, "</script>\n</body>\n</html>\n");
}

struct nb_trace_sink *nb_trace_html_new(int fd,
                                        const struct nb_trace_options *options)
{
    return nb_picture_new(fd, options, draw);
}
