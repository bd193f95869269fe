/*
 * A thread as the member of a group, and as the owner of groups.
 */
#ifndef NB_BIND_LMEMBER_H
#define NB_BIND_LMEMBER_H

#include <lua.h>
#include <stdbool.h>

#include "util/list.h"

struct nb_lgroup;
struct nb_lthread;

/* What a group knows of a thread. */
struct nb_lmember {
    struct nb_list link;     /* among the members, or those that have failed */
    struct nb_lgroup *group; /* NULL: of none, or it has ended */
    bool service;            /* it ends when all others have */
};

/* A member of no group. */
void nb_lmember_init(struct nb_lmember *member);

/* The group that `t` is a member of, or NULL. */
struct nb_lgroup *nb_lmember_group(const struct nb_lthread *t);

/* True if a group will tell the failure of `t`. */
bool nb_lmember_is_taken(const struct nb_lthread *t);

/*
 * The thread, a member, has ended; twice is harmless. Raises for want of
 * memory, but not where the thread was broken off for that.
 */
void nb_lmember_ended(lua_State *L, struct nb_lthread *t);

/* The thread ends: prints what it was not told as an owner. May raise. */
void nb_lmember_disown(lua_State *L, struct nb_lthread *owner);

#endif
