/* The names of the scripted backend: see zone.h. */
#include "support/zone.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/resolve.h"
#include "support/script.h"

/* An address that a name has. */
struct entry {
    struct nb_list link;
    char *name;
    struct nb_addr addr;
};

/* A lookup that waits: of a name, or of the names of an address. */
struct question {
    struct nb_list link;
    char *name; /* NULL for an address */
    int family;
    struct nb_addr addr;
    struct nb_lookup *lookup;
};

void zone_init(struct zone *zone)
{
    nb_list_init(&zone->entries);
    nb_list_init(&zone->questions);
    zone->deferring = false;
}

void zone_deinit(struct zone *zone)
{
    while (!nb_list_empty(&zone->entries)) {
        struct entry *entry =
            NB_CONTAINER_OF(zone->entries.next, struct entry, link);
        nb_list_remove(&entry->link);
        free(entry->name);
        free(entry);
    }
}

void zone_add(struct zone *zone, const char *name, const struct nb_addr *addr)
{
    struct entry *entry = script_allocate(sizeof *entry);

    entry->name = strdup(name);
    entry->addr = *addr;
    nb_list_push(&zone->entries, &entry->link);
}

static void answer(const struct zone *zone, const char *name, int family,
                   struct nb_lookup *lookup)
{
    int rc = 0;

    for (struct nb_list *link = zone->entries.next;
         link != &zone->entries && rc == 0; link = link->next) {
        struct entry *entry = NB_CONTAINER_OF(link, struct entry, link);
        bool fits =
            family == AF_UNSPEC || family == nb_addr_family(&entry->addr);
        if (!fits || strcasecmp(entry->name, name) != 0)
            continue;
        rc = nb_lookup_add_name(lookup, entry->name);
        if (rc == 0)
            rc = nb_lookup_add(lookup, &entry->addr);
    }
    nb_lookup_finish(lookup, rc);
}

static bool is_same(const struct nb_addr *a, const struct nb_addr *b)
{
    char texts[2][NB_ADDR_IP_TEXT];

    nb_addr_ip(a, texts[0]);
    nb_addr_ip(b, texts[1]);
    return strcmp(texts[0], texts[1]) == 0;
}

static void answer_reverse(const struct zone *zone, const struct nb_addr *addr,
                           struct nb_lookup *lookup)
{
    int rc = 0;

    for (struct nb_list *link = zone->entries.next;
         link != &zone->entries && rc == 0; link = link->next) {
        struct entry *entry = NB_CONTAINER_OF(link, struct entry, link);
        if (is_same(&entry->addr, addr))
            rc = nb_lookup_add_name(lookup, entry->name);
    }
    nb_lookup_finish(lookup, rc);
}

static struct question *wait(struct zone *zone, struct nb_lookup *lookup)
{
    struct question *question = script_allocate(sizeof *question);

    question->lookup = lookup;
    nb_list_push(&zone->questions, &question->link);
    return question;
}

void zone_lookup(struct zone *zone, const char *name, int family,
                 struct nb_lookup *lookup)
{
    if (!zone->deferring) {
        answer(zone, name, family, lookup);
        return;
    }
    struct question *question = wait(zone, lookup);
    question->name = strdup(name);
    question->family = family;
}

void zone_reverse(struct zone *zone, const struct nb_addr *addr,
                  struct nb_lookup *lookup)
{
    if (zone->deferring)
        wait(zone, lookup)->addr = *addr;
    else
        answer_reverse(zone, addr, lookup);
}

void zone_answer(struct zone *zone, int status)
{
    while (!nb_list_empty(&zone->questions)) {
        struct question *question =
            NB_CONTAINER_OF(zone->questions.next, struct question, link);
        nb_list_remove(&question->link);
        if (status == 0 && question->name == NULL)
            answer_reverse(zone, &question->addr, question->lookup);
        else if (status == 0)
            answer(zone, question->name, question->family, question->lookup);
        else
            nb_lookup_finish(question->lookup, status);
        free(question->name);
        free(question);
    }
}
