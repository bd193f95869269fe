/*
 * An event: a flag that tasks wait for. Whom it has woken stays woken, even
 * if it is cleared before they run.
 */
#ifndef NB_CORE_EVENT_FLAG_H
#define NB_CORE_EVENT_FLAG_H

#include <stdbool.h>

#include "util/list.h"

struct nb_event_flag {
    bool set; /* cleared by assignment */
    struct nb_list waiters;
};

/* Makes one that is not set. */
void nb_event_flag_init(struct nb_event_flag *event);

/* Sets it and wakes every waiter. */
void nb_event_flag_set(struct nb_event_flag *event);

#endif
