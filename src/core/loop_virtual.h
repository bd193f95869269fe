/*
 * A loop without a kernel: its clock starts at 0 and jumps to the deadline
 * of each poll, and a descriptor is ready when it is said to be. A program on
 * it runs the same way every time.
 */
#ifndef NB_CORE_LOOP_VIRTUAL_H
#define NB_CORE_LOOP_VIRTUAL_H

#include <stdbool.h>

#include "core/loop.h"

/* A new loop. Returns 0 or -ENOMEM. */
int nb_loop_virtual_new(struct nb_loop **loop);

/*
 * Says whether `fd` is ready in direction `dir`, which then holds at every
 * poll until the contrary is said. At most 64 descriptors, from 0 to 63.
 */
void nb_loop_virtual_ready(struct nb_loop *loop, int fd, enum nb_direction dir,
                           bool ready);

#endif
