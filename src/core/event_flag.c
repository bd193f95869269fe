/* An event: see event_flag.h. */
#include "core/event_flag.h"

#include "core/waiter.h"

void nb_event_flag_init(struct nb_event_flag *event)
{
    event->set = false;
    nb_list_init(&event->waiters);
}

void nb_event_flag_set(struct nb_event_flag *event)
{
    event->set = true;
    nb_waiter_complete_all(&event->waiters, 0);
}
