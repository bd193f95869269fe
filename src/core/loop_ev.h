/* The loop on libev: real descriptors, the monotonic clock. */
#ifndef NB_CORE_LOOP_EV_H
#define NB_CORE_LOOP_EV_H

struct nb_loop;

/* A new loop. Returns 0, -ENOMEM, or what the kernel said. */
int nb_loop_ev_new(struct nb_loop **loop);

#endif
