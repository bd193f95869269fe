/* Events written down: see tale.h. */
#include "support/tale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void wrong(const char *word)
{
    fprintf(stderr, "no part of an event: %s\n", word);
    exit(1);
}

static enum nb_trace_proto proto_of(const char *word)
{
    if (strcmp(word, "-") == 0)
        return NB_TRACE_NONE;
    for (int i = NB_TRACE_NONE + 1; i < NB_TRACE_PROTOS; i++) {
        if (strcmp(nb_trace_proto_name((enum nb_trace_proto)i), word) == 0)
            return (enum nb_trace_proto)i;
    }
    wrong(word);
}

static enum nb_event_kind operation_of(const char *word)
{
    for (int i = NB_EVENT_OPEN; i <= NB_EVENT_CLOSE; i++) {
        if (strcmp(nb_trace_operation_name((enum nb_event_kind)i), word) == 0)
            return (enum nb_event_kind)i;
    }
    wrong(word);
}

/* "127.0.0.1:80", "[::1]:80" */
static void take_addr(struct nb_trace_event *event, char *word)
{
    struct nb_addr *addr =
        event->local.len == 0 ? &event->local : &event->remote;
    char *colon = strrchr(word, ':');

    if (colon == NULL)
        wrong(word);
    *colon = '\0';
    if (*word == '[') {
        word++;
        colon[-1] = '\0';
    }
    if (nb_addr_parse(addr, word, (uint16_t)atoi(colon + 1)) < 0)
        wrong(word);
}

/* Turns the hexadecimal digits at `text` into bytes, in their place. */
static void take_hex(struct nb_trace_event *event, char *text)
{
    unsigned char *bytes = (unsigned char *)text;
    size_t len = strlen(text) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1]};
        bytes[i] = (unsigned char)strtol(digits, NULL, 16);
    }
    event->data = bytes;
    event->len = len;
}

static void take_line(struct nb_trace_event *event, char *text)
{
    char *colon = strrchr(text, ':');

    if (colon == NULL)
        wrong(text);
    *colon = '\0';
    event->origin.line = atoi(colon + 1);
    snprintf(event->origin.source, sizeof event->origin.source, "%s", text);
}

/* Takes what has a value; false if the name is none of those. */
static bool take_value(struct nb_trace_event *event, const char *name,
                       char *value)
{
    const struct {
        const char *name;
        uint64_t *place;
    } numbers[] = {
        {"socket", &event->socket},
        {"of", &event->conversation},
        {"peer", &event->peer},
        {"count", &event->count},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].place = strtoull(value, NULL, 10);
            return true;
        }
    }
    if (strcmp(name, "errno") == 0)
        event->error = atoi(value);
    else if (strcmp(name, "operation") == 0)
        event->operation = operation_of(value);
    else if (strcmp(name, "thread") == 0)
        snprintf(event->origin.thread, sizeof event->origin.thread, "%s",
                 value);
    else if (strcmp(name, "at") == 0)
        take_line(event, value);
    else if (strcmp(name, "hex") == 0)
        take_hex(event, value);
    else if (strcmp(name, "text") == 0) {
        event->data = value;
        event->len = strlen(value);
    } else {
        return false;
    }
    return true;
}

struct nb_trace_event tale_event(struct tale *tale, char *line)
{
    struct nb_trace_event event = {.number = ++tale->events};
    char *rest = NULL;
    char *word = strtok_r(line, " \n", &rest);

    event.time = (int64_t)event.number * 1000000;
    if (word == NULL || !nb_trace_kind_find(word, strlen(word), &event.kind))
        wrong(word == NULL ? "nothing" : word);
    word = strtok_r(NULL, " \n", &rest);
    event.proto = proto_of(word == NULL ? "nothing" : word);
    while ((word = strtok_r(NULL, " \n", &rest)) != NULL) {
        char *equals = strchr(word, '=');
        if (equals == NULL) {
            take_addr(&event, word);
            continue;
        }
        *equals = '\0';
        if (!take_value(&event, word, equals + 1))
            wrong(word);
    }
    return event;
}
