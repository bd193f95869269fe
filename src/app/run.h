/* One program from its start to its exit status. */
#ifndef NB_APP_RUN_H
#define NB_APP_RUN_H

/* Exit statuses; after a signal it is 128 and the signal's number. */
enum nb_status {
    NB_STATUS_ERROR = 1,  /* an uncaught error, a deadlock */
    NB_STATUS_USAGE = 2,  /* wrong usage, no such script */
    NB_STATUS_LIMIT = 3,  /* a limit is used up, no memory */
    NB_STATUS_PIPE = 141, /* nobody reads the output any more */
};

struct nb_options;

/* Runs what the options name on real sockets. Returns the exit status. */
int nb_run(const struct nb_options *options);

#endif
