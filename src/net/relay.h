/*
 * Moves bytes both ways between two connected streams until both have ended.
 *
 * Each direction, a way, is a task of its own without Lua: woken when there
 * is something to read, it reads into the buffer that all relays share and
 * sends it on. It stands in the lines of the sockets like any other reader
 * and writer. What cannot be sent at once is kept by the way as long as it is
 * blocked, so a quiet relay holds no buffer. The end of a stream is passed on
 * when all before it was delivered; the other way goes on.
 *
 * A way that reads much again and again moves bytes through a pipe (net/pipe)
 * if the kernel can. All relays share one; a way that is blocked with bytes
 * in it has it to itself until they are gone.
 */
#ifndef NB_NET_RELAY_H
#define NB_NET_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/task.h"
#include "net/pipe.h"
#include "util/buf.h"
#include "util/list.h"

struct nb_relay;
struct nb_socket;

/* What the relays of a program share. */
struct nb_relays {
    char *scratch; /* borrowed */
    size_t size;   /* of the scratch space: bytes to read at once */
    size_t running;
    struct nb_pipe spare; /* empty */
};

/* A socket as the relay sees it. */
struct nb_relay_side {
    struct nb_socket *sock;
    int64_t idle;   /* ns that nothing may move; 0: never wait; -1: for ever */
    int64_t active; /* when bytes moved last, where there is such a limit */
};

struct nb_relay_way {
    struct nb_task task; /* never started: known to its waits alone */
    struct nb_relay *relay;
    struct nb_relay_side *from;
    struct nb_relay_side *to;
    struct nb_buf kept;  /* what was read and is still to be sent: here ... */
    struct nb_pipe pipe; /* ... or in here */
    uint64_t moved;      /* bytes delivered */
    unsigned large;      /* reads in a row that gave much */
    bool unspliced;      /* the kernel cannot do it for these sockets */
    bool lost;           /* there was no memory to keep bytes */
    bool ended;          /* the end of the stream was read */
    bool over;           /* it was passed on */
};

struct nb_relay {
    struct nb_relays *relays;
    struct nb_relay_side sides[2];
    struct nb_relay_way ways[2]; /* from side 0 to side 1, and back */
    struct nb_list waiters;      /* the task that waits for the end */
    int status;                  /* the first error, or 0 */
    bool running;
};

/* `scratch` is the caller's, of `size` bytes, and used by one at a time. */
void nb_relays_init(struct nb_relays *relays, char *scratch, size_t size);

/* Prepares the caller's storage, which must not move. */
void nb_relay_init(struct nb_relay *relay, struct nb_relays *relays,
                   struct nb_socket *a, struct nb_socket *b);

/*
 * Begins in the name of the task that runs, and moves what is there. Returns
 * 0 if that was all, NB_WANT_READ if it goes on, or an error. While it goes
 * on, the task has to wait in relay->waiters, and is woken when it is over: a
 * relay that nobody waits for any more stops.
 */
int nb_relay_start(struct nb_relay *relay);

/*
 * Stops it; twice is harmless. What was read and could not be delivered is
 * the next to be read from the socket that it came from, which is closed if
 * there is no memory for it.
 */
void nb_relay_stop(struct nb_relay *relay);

#endif
