/* Policies from flags: see flags.h. */
#include "support/flags.h"

#include "support/fixture.h"

#include <string.h>

#include "util/addr.h"

static void take(struct nb_policy *policy, char *flag)
{
    char wrong[NB_REFUSAL_TEXT];
    char *value = strchr(flag, '=');
    int grant = 0;

    if (value != NULL)
        *value++ = '\0';
    const char *name = strchr(flag, '-') + 1;
    while (strcmp(nb_grant_name((enum nb_grant)grant), name) != 0)
        assert_true(++grant < NB_GRANTS);
    assert_int_equal(nb_policy_take(policy, (enum nb_grant)grant,
                                    flag[0] == 'd', value, wrong),
                     0);
}

struct nb_policy *flags_policy(const char *text)
{
    struct nb_policy *policy = nb_policy_new();
    char copy[512];
    char *rest = NULL;

    assert_non_null(policy);
    assert_true(strlen(text) < sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    for (char *flag = strtok_r(copy, " ", &rest); flag != NULL;
         flag = strtok_r(NULL, " ", &rest)) {
        if (strcmp(flag, "all") == 0)
            nb_policy_allow_all(policy);
        else
            take(policy, flag);
    }
    return policy;
}

int flags_ask(struct nb_policy *policy, enum nb_right right, const char *ip,
              uint16_t port)
{
    struct nb_addr addr;

    if (nb_addr_parse(&addr, ip, port) < 0)
        fail_msg("no address: %s", ip);
    return nb_policy_ask_addr(policy, right, &addr);
}
