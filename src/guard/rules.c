/* Lists of rules: see rules.h. */
#include "guard/rules.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "guard/path.h"
#include "util/alloc.h"

static bool is_net(enum nb_grant grant)
{
    return grant == NB_GRANT_NET || grant == NB_GRANT_LISTEN;
}

static bool is_path(enum nb_grant grant)
{
    return grant == NB_GRANT_READ || grant == NB_GRANT_WRITE ||
           grant == NB_GRANT_UNIX;
}

const char *nb_grant_name(enum nb_grant grant)
{
    static const char *const names[] = {
        [NB_GRANT_NET] = "net",       [NB_GRANT_LISTEN] = "listen",
        [NB_GRANT_READ] = "read",     [NB_GRANT_WRITE] = "write",
        [NB_GRANT_ENV] = "env",       [NB_GRANT_RUN] = "run",
        [NB_GRANT_UNIX] = "unix",     [NB_GRANT_RAW] = "raw",
        [NB_GRANT_NATIVE] = "native",
    };
    return names[grant];
}

bool nb_grant_takes_values(enum nb_grant grant)
{
    return grant != NB_GRANT_RAW && grant != NB_GRANT_NATIVE;
}

/* Takes `rule`, its text included, which is freed where there is no room. */
static int push(struct nb_rules *rules, struct nb_rule rule)
{
    struct nb_rule *items =
        nb_realloc(rules->items, (rules->count + 1) * sizeof *items);

    if (items == NULL) {
        nb_free(rule.text);
        return -ENOMEM;
    }
    items[rules->count++] = rule;
    rules->items = items;
    return 0;
}

static int push_text(struct nb_rules *rules, const char *text)
{
    struct nb_rule rule = {.text = nb_strdup(text)};

    return rule.text == NULL ? -ENOMEM : push(rules, rule);
}

int nb_rules_read(struct nb_rules *rules, enum nb_grant grant,
                  const char *value, const char **wrong)
{
    struct nb_rule rule = {.text = NULL};
    char real[PATH_MAX];

    if (is_net(grant)) {
        *wrong = nb_netrule_parse(&rule.net, value);
        return *wrong == NULL ? push(rules, rule) : -EINVAL;
    }
    if (value[0] == '\0') {
        *wrong = "is empty";
        return -EINVAL;
    }
    bool abstract = grant == NB_GRANT_UNIX && value[0] == '@';
    if (!is_path(grant) || abstract)
        return push_text(rules, value);
    if (nb_path_resolve(real, value))
        return push_text(rules, real);
    *wrong = "leads nowhere";
    return -EINVAL;
}

int nb_rules_put(struct nb_rules *rules, const struct nb_subject *subject)
{
    struct nb_rule rule = {.text = NULL};

    if (subject->text != NULL)
        return push_text(rules, subject->text);
    if (subject->name != NULL)
        nb_netrule_parse(&rule.net, subject->name);
    else
        nb_netrule_for(&rule.net, &subject->end);
    return push(rules, rule);
}

/* True if the list has that rule already. */
static bool has(const struct nb_rules *rules, const struct nb_netrule *net)
{
    char text[NB_NETRULE_TEXT];
    char other[NB_NETRULE_TEXT];

    nb_netrule_format(net, text);
    for (size_t i = 0; i < rules->count; i++) {
        nb_netrule_format(&rules->items[i].net, other);
        if (strcmp(text, other) == 0)
            return true;
    }
    return false;
}

int nb_rules_learn(struct nb_rules *rules, const char *name,
                   const struct nb_endpoint *end)
{
    int rc = 0;

    for (size_t i = 0, count = rules->count; i < count && rc == 0; i++) {
        const struct nb_netrule *like = &rules->items[i].net;
        if (!nb_netrule_names(like, name))
            continue;
        struct nb_rule rule = {.text = NULL};
        nb_netrule_for(&rule.net, end);
        rule.net.from = like->from;
        rule.net.to = like->to;
        rule.net.any_port = like->any_port;
        if (!has(rules, &rule.net))
            rc = push(rules, rule);
    }
    return rc;
}

static bool covers(const struct nb_rule *rule, enum nb_grant grant,
                   const struct nb_subject *subject)
{
    const struct nb_netrule *net = &rule->net;

    if (is_net(grant) && subject->name != NULL)
        return (net->any_port || subject->wise == NB_PORT_SOME) &&
               nb_netrule_names(net, subject->name);
    if (is_net(grant))
        return nb_netrule_covers(net, &subject->end, subject->wise);
    if (subject->text == NULL)
        return false;
    if (is_path(grant) && rule->text[0] == '/' && !subject->exact)
        return nb_path_is_below(subject->text, rule->text);
    return strcmp(subject->text, rule->text) == 0;
}

struct nb_rule *nb_rules_find(const struct nb_rules *rules, enum nb_grant grant,
                              const struct nb_subject *subject)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (covers(&rules->items[i], grant, subject))
            return &rules->items[i];
    }
    return NULL;
}

void nb_rules_drop(struct nb_rules *rules, struct nb_rule *rule)
{
    nb_free(rule->text);
    *rule = rules->items[--rules->count];
}

void nb_rules_deinit(struct nb_rules *rules)
{
    while (rules->count > 0)
        nb_rules_drop(rules, rules->items);
    nb_free(rules->items);
    rules->items = NULL;
}
