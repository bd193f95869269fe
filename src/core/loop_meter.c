/* The turns of a loop, counted: see loop_meter.h. */
#include "core/loop_meter.h"

#include "util/list.h"

static int metered_poll(struct nb_loop *loop, int64_t deadline)
{
    struct nb_loop_meter *meter =
        NB_CONTAINER_OF(loop->ops, struct nb_loop_meter, ops);
    int64_t began = nb_loop_now(loop);
    int rc = meter->inner->poll(loop, deadline);

    meter->turns++;
    if (deadline > began) {
        meter->sleeps++;
        meter->slept += nb_loop_now(loop) - began;
    }
    return rc;
}

void nb_loop_meter_install(struct nb_loop_meter *meter, struct nb_loop *loop)
{
    *meter = (struct nb_loop_meter){.ops = *loop->ops, .inner = loop->ops};
    meter->ops.poll = metered_poll;
    loop->ops = &meter->ops;
}

void nb_loop_meter_remove(struct nb_loop_meter *meter, struct nb_loop *loop)
{
    if (loop->ops == &meter->ops)
        loop->ops = meter->inner;
}
