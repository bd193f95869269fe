/*
 * Groups of threads, which end together: thread.group.
 *
 * A group is a scope of the thread that made it, its owner, and a list of
 * members. The first member that fails cancels the others and the owner's
 * waits, until the owner leaves the group: by wait(), or by <close>. That
 * waits for all members, whatever comes, and raises the failure. What the
 * owner is not told, because it has ended, or leaves with an error of its own,
 * is reported like the failure of any thread.
 */
#ifndef NB_BIND_LGROUP_H
#define NB_BIND_LGROUP_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bind/lextra.h"
#include "bind/lscope.h"
#include "bind/lthread.h"
#include "util/list.h"

/* The user values of a group, behind that of its scope. */
enum { NB_LGROUP_FIRST = 2, NB_LGROUP_OTHERS, NB_LGROUP_REASON };

struct nb_lgroup {
    struct nb_lscope scope; /* of its owner, until that leaves */
    struct nb_list members;
    struct nb_list failures; /* threads; the user values keep them */
    struct nb_list waiters;  /* for all members to end */
    size_t workers;          /* members that are no services */
    uint64_t owner;          /* the id of the thread that made it */
    bool over;               /* the owner adds nothing any more */
    bool left;               /* and has said so */
    bool awaited;            /* it waits for the members */
    bool cancelled;          /* as all members are, and those to come */
    bool told;               /* the owner has got the first failure */
    bool spared;             /* it left with an error of its own instead */
    bool anchored;           /* it is not collected */
};

/* The thread whose link is among the members, or those that have failed. */
static inline struct nb_lthread *nb_lmember_thread(struct nb_list *link)
{
    return NB_CONTAINER_OF(link, struct nb_lextra, member.link)->t;
}

/* Cancels all members, and those to come. */
void nb_lgroup_cancel_members(struct nb_lgroup *group);

/* Ends services that have nobody left to serve. */
void nb_lgroup_end_services(struct nb_lgroup *group);

/* It may be collected if nobody is in it, and there is nothing to tell. */
void nb_lgroup_release(lua_State *L, struct nb_lgroup *group);

/* The owner adds nothing any more, and is told nothing. */
void nb_lgroup_lose_owner(lua_State *L, struct nb_lscope *scope);

/* Prints what has failed so far and was not told. May raise. */
void nb_lgroup_report(lua_State *L, struct nb_lgroup *group);

/* True if `t` waits for the members of a group. */
bool nb_lgroup_is_awaited_by(const struct nb_lthread *t);

/* The member that `t` waits for behind `member` (NULL: the first), or NULL. */
struct nb_lthread *nb_lgroup_next_awaited(const struct nb_lthread *t,
                                          const struct nb_lthread *member);

#endif
