/*
 * Counts the turns of a loop, and how long it slept in them.
 *
 * While it is installed it stands in front of the loop's operations, so that
 * a program whose loop is not measured pays nothing for it.
 */
#ifndef NB_CORE_LOOP_METER_H
#define NB_CORE_LOOP_METER_H

#include <stdint.h>

#include "core/loop.h"

struct nb_loop_meter {
    struct nb_loop_ops ops; /* those of the loop, but for `poll` */
    const struct nb_loop_ops *inner;
    uint64_t turns;
    uint64_t sleeps; /* turns that might wait */
    int64_t slept;   /* how long these took, in ns */
};

/* Counts from now on, from nothing, in the caller's storage. */
void nb_loop_meter_install(struct nb_loop_meter *meter, struct nb_loop *loop);

/* Stops counting. Required before the storage ends; twice is harmless. */
void nb_loop_meter_remove(struct nb_loop_meter *meter, struct nb_loop *loop);

#endif
