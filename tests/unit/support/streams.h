/*
 * For tests of the console: what descriptors 0 and 1 are, exchanged for pipes,
 * files and terminals, and given back by the teardown.
 */
#ifndef NB_SUPPORT_STREAMS_H
#define NB_SUPPORT_STREAMS_H

#include <sys/types.h>

#include "net/console.h"
#include "support/fixture.h"

struct streams {
    struct fixture *fx;
    struct nb_console console;
    int saved[2]; /* what 0 and 1 were */
    int far[2];   /* the other ends of what they are; -1 for none */
    bool open;    /* the console is */
};

/* For cmocka: a runtime on libev, a console that is not open yet. */
int streams_begin(void **state);
int streams_end(void **state);

/* Opens the console on what descriptors 0 and 1 are. */
struct nb_console *streams_open(struct streams *streams);
void streams_close(struct streams *streams);

/* Makes descriptor `fd` what `new_fd` is, which is closed. */
void streams_become(int fd, int new_fd);

/* Makes it a pipe or a terminal, with the far end in `far`. */
void streams_pipe(struct streams *streams, int fd);
void streams_terminal(struct streams *streams, int fd);

/* Makes it a file without a name that begins with `text`. */
void streams_file(int fd, const char *text);

/* Closes the far end. */
void streams_cut(struct streams *streams, int fd);

/* The exit status of a child, once it has ended. */
int streams_child_status(pid_t pid);

#endif
