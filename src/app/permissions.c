/* What a script would be allowed: see permissions.h. */
#include "app/permissions.h"

#include <stdbool.h>
#include <stdio.h>

#include "guard/policy.h"

/* Writes an item of a list; `*first` says whether it is the first one. */
static void show_item(const char *text, bool *first)
{
    fputs(*first ? "" : ", ", stdout);
    *first = false;
    for (; *text != '\0'; text++)
        putchar(*text >= ' ' && *text <= '~' ? *text : '?');
}

static void show_rules(const struct nb_rules *rules, bool *first)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct nb_rule *rule = &rules->items[i];
        char text[NB_NETRULE_TEXT];
        if (rule->text == NULL)
            nb_netrule_format(&rule->net, text);
        show_item(rule->text == NULL ? text : rule->text, first);
    }
}

/* What needs no flag, and what comes with that of another right. */
static void show_free(const struct nb_policy *policy, enum nb_grant grant,
                      bool *first)
{
    const struct nb_rules *net = nb_policy_rules(policy, NB_GRANT_NET, false);

    if (grant != NB_GRANT_NET && grant != NB_GRANT_LISTEN)
        return;
    show_item("127.0.0.0/8", first);
    show_item("::1", first);
    if (grant == NB_GRANT_LISTEN)
        show_rules(net, first);
}

/* True if everything is allowed there but what is denied. */
static bool is_open(const struct nb_policy *policy, enum nb_grant grant)
{
    return nb_policy_rules(policy, grant, false)->all ||
           (grant == NB_GRANT_LISTEN &&
            nb_policy_rules(policy, NB_GRANT_NET, false)->all);
}

static bool is_shut(const struct nb_policy *policy, enum nb_grant grant)
{
    return nb_policy_rules(policy, grant, true)->all ||
           (grant == NB_GRANT_LISTEN &&
            nb_policy_rules(policy, NB_GRANT_NET, true)->all);
}

static void show_allowed(const struct nb_policy *policy, enum nb_grant grant)
{
    bool first = true;

    if (is_open(policy, grant)) {
        show_item("everything", &first);
    } else {
        show_free(policy, grant, &first);
        show_rules(nb_policy_rules(policy, grant, false), &first);
    }
    if (first)
        show_item("nothing", &first);
}

static void show_denied(const struct nb_policy *policy, enum nb_grant grant)
{
    const struct nb_rules *rules = nb_policy_rules(policy, grant, true);
    const struct nb_rules *net = nb_policy_rules(policy, NB_GRANT_NET, true);
    bool first = true;

    if (grant != NB_GRANT_LISTEN)
        net = rules;
    if (rules->count + net->count > 0)
        fputs(", but not ", stdout);
    show_rules(rules, &first);
    if (net != rules)
        show_rules(net, &first);
}

static void show_grant(const struct nb_policy *policy, enum nb_grant grant)
{
    bool shut = is_shut(policy, grant);

    printf("%-8s ", nb_grant_name(grant));
    if (!nb_grant_takes_values(grant)) {
        puts(is_open(policy, grant) && !shut ? "yes" : "no");
        return;
    }
    if (shut) {
        puts("nothing");
        return;
    }
    show_allowed(policy, grant);
    show_denied(policy, grant);
    putchar('\n');
}

int nb_permissions_show(const struct nb_policy *policy)
{
    const char *folder = nb_policy_folder(policy);
    bool first = true;

    for (int grant = 0; grant < NB_GRANTS; grant++)
        show_grant(policy, (enum nb_grant)grant);
    printf("%-8s ", "modules");
    show_item(folder == NULL ? "nothing" : folder, &first);
    putchar('\n');
    return fflush(stdout);
}
