/* The labels of what carries bytes: see labels.h. */
#include "trace/labels.h"

#include <stdio.h>
#include <string.h>

#include "trace/ladder.h"
#include "trace/markup.h"
#include "trace/parties.h"

static const struct nb_kept *at(const struct nb_parties *parties, size_t i)
{
    return &parties->keep->events[i];
}

/* True if the script got an answer, or did not wait in vain for one. */
static bool was_answered(const struct nb_parties *parties, size_t from,
                         size_t to)
{
    const struct nb_trace_event *sent = &at(parties, from)->event;
    bool answered = false;

    for (size_t i = from + 1; i < to; i++) {
        const struct nb_trace_event *event = &at(parties, i)->event;
        if (event->socket != sent->socket)
            continue;
        if (event->kind == NB_TRACE_TIMED_OUT)
            return false;
        answered |= event->kind == NB_TRACE_RECEIVED &&
                    nb_parties_same(&event->remote, &sent->remote);
    }
    return answered;
}

/* True if both are the same bytes from the same socket to the same place. */
static bool is_copy(const struct nb_parties *parties, size_t a, size_t b)
{
    const struct nb_kept *left = at(parties, a);
    const struct nb_kept *right = at(parties, b);

    return left->event.kind == NB_TRACE_SENT &&
           left->event.socket == right->event.socket &&
           left->event.len == right->event.len && left->hash == right->hash &&
           (nb_parties_same(&left->event.remote, &right->event.remote) ||
            (left->event.remote.len == 0 && right->event.remote.len == 0));
}

/* True if it is known that this datagram never arrived. */
static bool was_lost(const struct nb_ladder *ladder, size_t event)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        if (ladder->rungs[i].event == event && ladder->rungs[i].lost)
            return true;
    }
    return false;
}

/*
 * How often a datagram was sent so far. It is the same again only if nothing
 * came back for the one before, or came too late, or that was lost: who says
 * "yes" to two questions does not repeat itself.
 */
static unsigned count_copies(const struct nb_ladder *ladder,
                             const struct nb_parties *parties, size_t event)
{
    unsigned count = 1;

    for (size_t i = event; i > 0; i--) {
        if (!is_copy(parties, i - 1, event))
            continue;
        if (was_answered(parties, i - 1, event) && !was_lost(ladder, i - 1))
            break;
        count++;
        event = i - 1;
    }
    return count;
}

/* What RFC 792 and RFC 4443 call a message, or "ICMP". */
static const char *icmp_name(const struct nb_kept *kept)
{
    static const struct {
        int family;
        unsigned char type;
        const char *name;
    } names[] = {
        {AF_INET, 8, "echo request"},    {AF_INET, 0, "echo reply"},
        {AF_INET, 3, "unreachable"},     {AF_INET, 11, "time exceeded"},
        {AF_INET6, 128, "echo request"}, {AF_INET6, 129, "echo reply"},
        {AF_INET6, 1, "unreachable"},    {AF_INET6, 3, "time exceeded"},
    };
    int family = nb_addr_family(&kept->event.remote);

    for (size_t i = 0; i < NB_COUNTOF(names) && kept->stored > 0; i++) {
        if (names[i].family == family && names[i].type == kept->data[0])
            return names[i].name;
    }
    return "ICMP";
}

static void label_payload(char *label, size_t size, const struct nb_kept *kept)
{
    size_t used = strlen(label);

    if (kept->event.proto == NB_TRACE_ICMP) {
        snprintf(label + used, size - used, "%s, %zu B", icmp_name(kept),
                 kept->event.len);
        return;
    }
    bool shown = kept->stored > 0;
    snprintf(label + used, size - used, "%zu B%s", kept->event.len,
             shown ? " " : "");
    if (shown)
        nb_markup_glimpse(label, size, kept->data, kept->stored, kept->cut);
}

static void label_data(struct nb_ladder *ladder,
                       const struct nb_parties *parties, struct nb_rung *rung)
{
    const struct nb_kept *kept = at(parties, rung->event);
    bool stream = nb_trace_is_stream(kept->event.proto);
    unsigned copies = stream || kept->event.kind != NB_TRACE_SENT
                          ? 1
                          : count_copies(ladder, parties, rung->event);

    rung->again = copies > 1;
    if (rung->again)
        snprintf(rung->label, sizeof rung->label, "again, no. %u: ", copies);
    label_payload(rung->label, sizeof rung->label, kept);
    size_t used = strlen(rung->label);
    if (rung->lost)
        snprintf(rung->label + used, sizeof rung->label - used, ", lost");
}

/* A note of the script: its first line. */
static void label_mark(const struct nb_parties *parties, struct nb_rung *rung)
{
    const struct nb_kept *kept = at(parties, rung->event);
    const char *text = (const char *)kept->data;
    size_t len = 0;

    while (len < kept->stored && text[len] != '\n' && text[len] != '\0')
        len++;
    snprintf(rung->label, sizeof rung->label, "%.*s", (int)len,
             len > 0 ? text : "");
}

void nb_labels_make(struct nb_ladder *ladder, const struct nb_parties *parties)
{
    for (size_t i = 0; i < ladder->rung_count; i++) {
        struct nb_rung *rung = &ladder->rungs[i];
        ladder->messages += rung->kind == NB_RUNG_ARROW;
        ladder->lost += rung->lost;
        if (rung->kind == NB_RUNG_NOTE && rung->data)
            label_mark(parties, rung);
        else if (rung->data)
            label_data(ladder, parties, rung);
    }
}
