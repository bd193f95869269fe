/*
 * Groups of threads, which end together: thread.group.
 *
 * A group is a scope of the thread that made it, its owner, and a list of
 * members. The first member that fails cancels the others and the owner's
 * waits, until the owner has left the group: by wait(), or by <close>. That
 * waits for all members, whatever comes, and raises the failure.
 */
#ifndef NB_BIND_LGROUP_H
#define NB_BIND_LGROUP_H

#include <lua.h>
#include <stdbool.h>

struct nb_lthread;

/* True if the failure of `t` will be raised by its group. */
bool nb_lgroup_takes(const struct nb_lthread *t);

/* True if `t` waits for the members of a group. */
bool nb_lgroup_is_awaited_by(const struct nb_lthread *t);

/* The member that `t` waits for behind `member` (NULL: the first), or NULL. */
struct nb_lthread *nb_lgroup_next_awaited(const struct nb_lthread *t,
                                          const struct nb_lthread *member);

/*
 * The thread, a member, has ended; a failure is on top of its coroutine.
 * Twice is harmless. Raises for want of memory, but not where the thread was
 * broken off for that.
 */
void nb_lgroup_ended(lua_State *L, struct nb_lthread *t);

#endif
