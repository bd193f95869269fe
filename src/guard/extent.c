/* How far the flags go: see extent.h. */
#include "guard/extent.h"

bool nb_extent_has_all(const struct nb_policy *policy, enum nb_grant grant)
{
    if (policy == NULL)
        return true;
    const struct nb_rules *denied = nb_policy_rules(policy, grant, true);
    return nb_policy_rules(policy, grant, false)->all && !denied->all &&
           denied->count == 0;
}

bool nb_extent_has_some(const struct nb_policy *policy, enum nb_grant grant)
{
    if (policy == NULL)
        return true;
    const struct nb_rules *allowed = nb_policy_rules(policy, grant, false);
    return !nb_policy_rules(policy, grant, true)->all &&
           (allowed->all || allowed->count > 0);
}

bool nb_extent_is_whole(const struct nb_policy *policy)
{
    for (int i = 0; policy != NULL && i < NB_GRANTS; i++) {
        enum nb_grant grant = (enum nb_grant)i;
        if (grant != NB_GRANT_NATIVE &&
            !nb_policy_rules(policy, grant, false)->all)
            return false;
    }
    return true;
}

bool nb_extent_has_files(const struct nb_policy *policy, bool writes)
{
    if (!nb_extent_is_whole(policy) ||
        !nb_extent_has_all(policy, NB_GRANT_READ))
        return false;
    return !writes || (nb_extent_has_all(policy, NB_GRANT_WRITE) &&
                       nb_extent_has_all(policy, NB_GRANT_NATIVE));
}
