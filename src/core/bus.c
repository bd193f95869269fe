/* The bus: see bus.h. It keeps a list and nothing else. */
#include "core/bus.h"

void nb_bus_init(struct nb_bus *bus)
{
    nb_list_init(&bus->sinks);
    bus->locate = NULL;
    bus->context = NULL;
}

void nb_bus_locate(const struct nb_bus *bus, struct nb_origin *origin)
{
    *origin = (struct nb_origin){.line = 0};
    if (bus->locate != NULL)
        bus->locate(bus->context, origin);
}

void nb_bus_add(struct nb_bus *bus, struct nb_sink *sink)
{
    nb_list_push(&bus->sinks, &sink->link);
}

void nb_bus_remove(struct nb_sink *sink)
{
    nb_list_remove(&sink->link);
}

void nb_bus_publish(const struct nb_bus *bus, const struct nb_event *event)
{
    struct nb_list *link = bus->sinks.next;

    while (link != &bus->sinks) {
        struct nb_sink *sink = NB_CONTAINER_OF(link, struct nb_sink, link);
        link = link->next; /* the sink may leave while it hears */
        sink->take(sink, event);
    }
}
