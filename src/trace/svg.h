/*
 * A ladder as SVG: by itself, or in a page.
 *
 * Text is text, no script and no font comes with it. Light or dark as the
 * viewer has it, light on paper; nothing is told by a colour alone.
 */
#ifndef NB_TRACE_SVG_H
#define NB_TRACE_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nb_ladder;
struct nb_out;

enum { NB_SVG_SUMMARY = 160 };

/* Writes "14 messages between 2 endpoints, 2 lost". */
void nb_svg_summary(const struct nb_ladder *ladder, char text[NB_SVG_SUMMARY]);

/*
 * Writes the element, with `title` as its name. In a page messages carry what
 * its script asks for: data-conversation, data-bytes.
 */
void nb_svg_write(struct nb_out *out, const struct nb_ladder *ladder,
                  const char *title, bool in_page);

#endif
