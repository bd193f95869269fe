/* One program from its start to its exit status. */
#ifndef NB_APP_RUN_H
#define NB_APP_RUN_H

struct nb_options;

/* Runs what the options name on real sockets. Returns the exit status. */
int nb_run(const struct nb_options *options);

#endif
