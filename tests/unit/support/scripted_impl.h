/*
 * What the two files of the scripted backend share.
 */
#ifndef NB_SUPPORT_SCRIPTED_IMPL_H
#define NB_SUPPORT_SCRIPTED_IMPL_H

#include <stdbool.h>

#include "net/net.h"
#include "support/script.h"
#include "support/zone.h"
#include "util/list.h"

enum { FIRST_FD = 3, FD_LIMIT = 64 };

struct descriptor {
    bool open;
    bool unwritable;
    struct nb_addr own;
    struct nb_addr peer;
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

/* Tells the loop which descriptors are ready. */
void scripted_refresh(struct scripted *self);

#endif
