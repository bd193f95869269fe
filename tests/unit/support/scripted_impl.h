/*
 * What the two files of the scripted backend share.
 */
#ifndef NB_SUPPORT_SCRIPTED_IMPL_H
#define NB_SUPPORT_SCRIPTED_IMPL_H

#include <stdbool.h>

#include "net/net.h"
#include "support/script.h"
#include "support/scripted.h"
#include "support/zone.h"
#include "util/list.h"

enum { FIRST_FD = 3, FD_LIMIT = 64 };

struct descriptor {
    bool open;
    bool unwritable;
    struct nb_addr own;
    struct nb_addr peer;
    int feeds;             /* the other end of the pipe that it fills, or 0 */
    struct script_text in; /* what is in the pipe that it empties */
};

struct scripted {
    struct nb_net base;
    struct descriptor fds[FD_LIMIT];
    struct script script;
    struct script_text sent;
    struct zone zone;
    int only; /* the descriptor that is scripted, or SCRIPT_ANY */
};

static inline struct scripted *scripted_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct scripted, base);
}

/* The descriptor `fd`; fails the test if it is not open. */
struct descriptor *scripted_at(struct scripted *self, int fd);

/* Opens the lowest descriptor that is free. */
int scripted_open_fd(struct scripted *self, const struct nb_addr *own,
                     const struct nb_addr *peer);

/* The number that is scripted for a call, or `otherwise`. */
int scripted_take_value(struct scripted *self, enum scripted_op op, int fd,
                        int otherwise);

/* What recv is scripted to give: bytes, or an error. */
int scripted_take_bytes(struct scripted *self, int fd, void *data, size_t len,
                        struct nb_received *info);

/* The operations on pipes. */
int scripted_pipe(struct nb_net *net, int ends[2]);
int scripted_splice(struct nb_net *net, int from, int to, size_t len);
int scripted_drain(struct nb_net *net, int end, void *data, size_t len);

/* Tells the loop which descriptors are ready. */
void scripted_refresh(struct scripted *self);

#endif
