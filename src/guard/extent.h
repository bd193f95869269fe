/*
 * How far the flags go as a whole, whatever is asked for. Of a policy that is
 * NULL all is true.
 */
#ifndef NB_GUARD_EXTENT_H
#define NB_GUARD_EXTENT_H

#include <stdbool.h>

#include "guard/policy.h"

/* True if everything of this kind is allowed; if something of it is. */
bool nb_extent_has_all(const struct nb_policy *policy, enum nb_grant grant);
bool nb_extent_has_some(const struct nb_policy *policy, enum nb_grant grant);

/* True if everything but modules in C is allowed: files of the system, too. */
bool nb_extent_is_whole(const struct nb_policy *policy);

/*
 * True if every path whatsoever may be read, or written where `writes`: then it
 * does not matter where one leads.
 */
bool nb_extent_has_files(const struct nb_policy *policy, bool writes);

#endif
