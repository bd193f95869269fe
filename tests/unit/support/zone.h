/* The names that the scripted backend knows, and the lookups that wait. */
#ifndef NB_SUPPORT_ZONE_H
#define NB_SUPPORT_ZONE_H

#include <stdbool.h>

#include "util/addr.h"
#include "util/list.h"

struct nb_lookup;

struct zone {
    struct nb_list entries;
    struct nb_list questions;
    bool deferring; /* lookups wait for zone_answer() */
};

void zone_init(struct zone *zone);

/* Lookups that still wait must have been answered. */
void zone_deinit(struct zone *zone);

/* The name has this address, after those added before. */
void zone_add(struct zone *zone, const char *name, const struct nb_addr *addr);

/* Finishes a lookup with what is known, at once or later. */
void zone_lookup(struct zone *zone, const char *name, int family,
                 struct nb_lookup *lookup);

/* The same for the names of an address: all that have it, in their order. */
void zone_reverse(struct zone *zone, const struct nb_addr *addr,
                  struct nb_lookup *lookup);

/* Finishes the lookups that wait; `status` 0: with what is known now. */
void zone_answer(struct zone *zone, int status);

#endif
