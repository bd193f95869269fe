/*
 * Notes in words, of what makes no packet: marks, time-outs, errors, gaps; and
 * who did what. All of it is UTF-8, whatever the script's names are.
 *
 * Notes wait for the next packet, which takes them along. There is a fixed
 * room for them: what does not fit is counted.
 */
#ifndef NB_TRACE_NOTE_H
#define NB_TRACE_NOTE_H

#include <stddef.h>

struct nb_block;
struct nb_trace_event;

enum {
    NB_NOTE_SIZE = 1024, /* of one, with its end */
    NB_NOTES_SIZE = 4096,
};

struct nb_notes {
    size_t len;
    size_t left_out;
    char text[NB_NOTES_SIZE]; /* one after the other, each with its end */
};

/* Puts '?' where there is no character, or one that controls a terminal. */
void nb_note_clean(char *text);

/* Writes "thread 'client' at udp.lua:7", or what is known of that. */
void nb_note_origin(const struct nb_trace_event *event,
                    char text[NB_NOTE_SIZE]);

/* Notes what the event is, if it is one that makes no packet. */
void nb_notes_take(struct nb_notes *notes, const struct nb_trace_event *event);

/* Adds a text, which is cut where it is longer than a note. */
void nb_notes_add(struct nb_notes *notes, const char *text);

/* Moves all of them into the block, as comments. */
void nb_notes_move(struct nb_notes *notes, struct nb_block *block);

#endif
