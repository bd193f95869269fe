/*
 * The style of the pictures: ladder.css, which lies here beside it and becomes
 * an array when netbox is built.
 */
#ifndef NB_TRACE_EMBEDDED_H
#define NB_TRACE_EMBEDDED_H

/* A text with NUL. */
extern const char nb_embedded_ladder_css[];

#endif
