/*
 * The table of `netbox --stats`.
 *
 * A line is a name, a figure and what belongs to it. 80 columns are enough as
 * long as no figure has more than twelve digits.
 */
#ifndef NB_APP_FIGURES_H
#define NB_APP_FIGURES_H

#include <stdint.h>
#include <stdio.h>

struct nb_meter;

/* What is shown besides system calls; times are in ns, memory in KiB. */
struct nb_figures {
    int64_t wall;
    int64_t user;
    int64_t system;
    int64_t slept;
    int64_t collecting;
    uint64_t turns;
    uint64_t sleeps;
    uint64_t steps; /* of the collector */
    uint64_t threads;
    uint64_t most_threads;
    uint64_t switches;
    uint64_t timers;
    uint64_t printed;
    uint64_t writes;
    uint64_t resident;
    uint64_t allocated;
};

/* Writes the table of the figures and of what the backend has done. */
void nb_figures_write(FILE *out, const struct nb_figures *figures,
                      const struct nb_meter *net);

#endif
