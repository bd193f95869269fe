/* Notes in words: see note.h. */
#include "trace/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/block.h"
#include "trace/event.h"
#include "trace/utf8.h"
#include "util/err.h"

void nb_note_clean(char *text)
{
    const char *end = text + strlen(text);
    uint32_t code = 0;

    while (text < end) {
        size_t len = nb_utf8_decode(text, (size_t)(end - text), &code);
        if (len == 0 || code < ' ' || code == 0x7f) {
            *text = '?';
            len = 1;
        }
        text += len;
    }
}

void nb_note_origin(const struct nb_trace_event *event, char text[NB_NOTE_SIZE])
{
    const struct nb_origin *origin = &event->origin;
    int len = 0;

    text[0] = '\0';
    if (origin->thread[0] != '\0')
        len = snprintf(text, NB_NOTE_SIZE, "thread '%s'", origin->thread);
    else if (event->thread != 0)
        len = snprintf(text, NB_NOTE_SIZE, "thread %" PRIu64, event->thread);
    if (origin->source[0] != '\0')
        snprintf(text + len, NB_NOTE_SIZE - (size_t)len, "%s%s:%d",
                 len > 0 ? " at " : "", origin->source, origin->line);
    nb_note_clean(text);
}

void nb_notes_add(struct nb_notes *notes, const char *text)
{
    size_t len = strnlen(text, NB_NOTE_SIZE - 1);

    if (len + 1 > sizeof notes->text - notes->len) {
        notes->left_out++;
        return;
    }
    char *note = notes->text + notes->len;
    memcpy(note, text, len);
    note[len] = '\0';
    nb_note_clean(note);
    notes->len += len + 1;
}

/* "timed out: receive 127.0.0.1:4000 -> 127.0.0.1:80" */
static int describe(const struct nb_trace_event *event, const char *what,
                    char text[NB_NOTE_SIZE])
{
    char local[NB_ADDR_TEXT];
    char remote[NB_ADDR_TEXT];

    nb_addr_format(&event->local, local);
    nb_addr_format(&event->remote, remote);
    return snprintf(text, NB_NOTE_SIZE, "%s: %s%s%s%s%s", what,
                    nb_trace_operation_name(event->operation),
                    local[0] != '\0' ? " " : "", local,
                    remote[0] != '\0' ? " -> " : "", remote);
}

/* Writes the note that the event is, without its origin; 0: it is none. */
static int write_note(const struct nb_trace_event *event,
                      char text[NB_NOTE_SIZE])
{
    char what[64];

    switch (event->kind) {
    case NB_TRACE_MARK:
        return snprintf(text, NB_NOTE_SIZE, "mark: %.*s",
                        (int)(event->len < 700 ? event->len : 700),
                        event->len > 0 ? (const char *)event->data : "");
    case NB_TRACE_TIMED_OUT:
        return describe(event, "timed out", text);
    case NB_TRACE_ERROR:
        snprintf(what, sizeof what, "failed with %s",
                 nb_err_name(-event->error));
        return describe(event, what, text);
    case NB_TRACE_DROPPED:
        return snprintf(text, NB_NOTE_SIZE,
                        "%" PRIu64 " events are missing here", event->count);
    case NB_TRACE_BOUND:
    case NB_TRACE_LISTENING:
    case NB_TRACE_CONNECTING:
    case NB_TRACE_CONNECTED:
    case NB_TRACE_ACCEPTED:
    case NB_TRACE_SENT:
    case NB_TRACE_RECEIVED:
    case NB_TRACE_ENDED:
    case NB_TRACE_HALF_CLOSED:
    case NB_TRACE_CLOSED:
    case NB_TRACE_RESET:
    case NB_TRACE_REFUSED:
    case NB_TRACE_KINDS:
        break;
    }
    return 0;
}

void nb_notes_take(struct nb_notes *notes, const struct nb_trace_event *event)
{
    char text[NB_NOTE_SIZE];
    char origin[NB_NOTE_SIZE];
    int len = write_note(event, text);

    if (len == 0)
        return;
    nb_note_origin(event, origin);
    if (origin[0] != '\0')
        snprintf(text + len, sizeof text - (size_t)len, " (%s)", origin);
    nb_notes_add(notes, text);
}

void nb_notes_move(struct nb_notes *notes, struct nb_block *block)
{
    char text[NB_NOTE_SIZE];

    for (size_t at = 0; at < notes->len; at += strlen(notes->text + at) + 1)
        nb_block_text(block, NB_BLOCK_COMMENT, notes->text + at);
    if (notes->left_out > 0) {
        snprintf(text, sizeof text, "%zu more notes do not fit here",
                 notes->left_out);
        nb_block_text(block, NB_BLOCK_COMMENT, text);
    }
    notes->len = 0;
    notes->left_out = 0;
}
