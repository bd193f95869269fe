/*
 * Style and script of the pictures: ladder.css, page.css and page.js, which lie
 * here beside it and become arrays when netbox is built.
 */
#ifndef NB_TRACE_EMBEDDED_H
#define NB_TRACE_EMBEDDED_H

/* Texts with NUL. */
extern const char nb_embedded_ladder_css[];
extern const char nb_embedded_page_css[];
extern const char nb_embedded_page_js[];

#endif
