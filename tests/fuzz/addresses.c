/*
 * Fuzz target: addresses and the rules of the flags that grant and deny. What
 * can be read can be written and read again, and denial wins.
 */
#include "support/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guard/netrule.h"
#include "guard/policy.h"
#include "util/addr.h"
#include "util/err.h"

static void try_addr(const char *text)
{
    struct nb_addr addr;
    struct nb_addr again;
    char written[NB_ADDR_IP_TEXT];
    char whole[NB_ADDR_TEXT];

    nb_addr_unix(&again, text, strlen(text));
    nb_addr_format(&again, whole);
    if (nb_addr_parse(&addr, text, 80) < 0)
        return;
    nb_addr_ip(&addr, written);
    input_demand(nb_addr_parse(&again, written, 80) == 0,
                 "an address that was written can be read");
    nb_addr_ip(&again, whole);
    input_demand(strcmp(written, whole) == 0, "and is the same");
    nb_addr_format(&addr, whole);
}

static void try_rule(const char *text)
{
    struct nb_netrule rule;
    struct nb_netrule again;
    char first[NB_NETRULE_TEXT];
    char second[NB_NETRULE_TEXT];

    if (nb_netrule_parse(&rule, text) != NULL)
        return;
    nb_netrule_format(&rule, first);
    input_demand(nb_netrule_parse(&again, first) == NULL,
                 "a rule that was written can be read");
    nb_netrule_format(&again, second);
    input_demand(strcmp(first, second) == 0, "and is the same");
    if (rule.base.family == AF_UNSPEC)
        input_demand(nb_netrule_names(&rule, rule.name),
                     "a rule about a name is about it");
    else
        input_demand(nb_netrule_covers(&rule, &rule.base, NB_PORT_SOME),
                     "a rule about addresses covers their first");
}

/* What one list allows, the same list denies. */
static void try_policy(enum nb_grant grant, const char *text)
{
    char wrong[NB_REFUSAL_TEXT];
    struct nb_addr addr;
    struct nb_policy *policy = nb_policy_new();

    input_demand(policy != NULL, "there is memory");
    int rc = nb_policy_take(policy, grant, false, text, wrong);
    input_demand(rc == 0 || (rc == -EINVAL && strlen(wrong) > 0),
                 "a list is taken, or the mistake is told");
    bool is_addr = nb_addr_parse(&addr, text, 80) == 0;
    if (rc == 0 && is_addr && grant == NB_GRANT_NET) {
        rc = nb_policy_ask_addr(policy, NB_RIGHT_CONNECT, &addr);
        input_demand(rc == 0, "what is allowed is allowed");
    }
    rc = nb_policy_take(policy, grant, true, text, wrong);
    if (rc == 0 && is_addr && grant == NB_GRANT_NET) {
        rc = nb_policy_ask_addr(policy, NB_RIGHT_CONNECT, &addr);
        input_demand(rc == NB_ENOTALLOWED, "denial wins");
    }
    for (int right = NB_RIGHT_NAME; right < NB_RIGHTS; right++) {
        if (right == NB_RIGHT_UNIX || right == NB_RIGHT_RAW)
            continue;
        rc = nb_policy_ask_text(policy, (enum nb_right)right, text);
        input_demand(rc == 0 || strlen(nb_policy_refusal(policy)) > 0,
                     "a refusal is told");
    }
    nb_policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = input_text(data + 1, size - 1);
    try_addr(text);
    try_rule(text);
    try_policy((enum nb_grant)(data[0] % NB_GRANTS), text);
    free(text);
    return 0;
}
