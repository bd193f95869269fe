/* Rules that deny: see denial.h. */
#include "guard/denial.h"

#include <string.h>

#include "guard/path.h"

/*
 * The loopback address that the wildcard one includes: a rule about localhost
 * has no address of its own that would be included.
 */
static struct nb_endpoint loopback_twin(const struct nb_endpoint *end)
{
    struct nb_endpoint twin = *end;

    if (end->family == AF_INET)
        twin.bytes[0] = 127;
    twin.bytes[end->family == AF_INET ? 3 : 15] = 1;
    return twin;
}

/*
 * The rule against the address in some zone, where it is asked for in none: an
 * option of the socket then says which it is.
 */
static struct nb_rule *find_zoned(const struct nb_rules *rules,
                                  const struct nb_subject *subject)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct nb_netrule *net = &rules->items[i].net;
        struct nb_endpoint end = subject->end;
        end.zone = net->base.zone;
        if (net->base.zone != 0 && nb_netrule_covers(net, &end, subject->wise))
            return &rules->items[i];
    }
    return NULL;
}

/*
 * The rule against an address that the wildcard one includes; that of IPv6
 * includes those of IPv4.
 */
static struct nb_rule *find_included(const struct nb_rules *rules,
                                     const struct nb_subject *subject)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct nb_netrule *net = &rules->items[i].net;
        struct nb_subject inside = *subject;
        if (net->base.family == AF_INET && subject->end.family == AF_INET6)
            inside.end.family = AF_INET;
        memcpy(inside.end.bytes, net->base.bytes, sizeof inside.end.bytes);
        inside.end.zone = net->base.zone;
        if (nb_netrule_covers(net, &inside.end, subject->wise))
            return &rules->items[i];
    }
    return NULL;
}

struct nb_rule *nb_denial_find(const struct nb_rules *rules,
                               enum nb_grant grant,
                               const struct nb_request *request)
{
    struct nb_subject subject = request->subject;

    subject.exact = false;
    /* A rule about a port only is none against the whole host. */
    if (subject.wise == NB_PORT_SOME)
        subject.wise = NB_PORT_EXACT;
    struct nb_rule *rule = nb_rules_find(rules, grant, &subject);
    if (rule == NULL && subject.end.zone == 0)
        rule = find_zoned(rules, &subject);
    if (rule != NULL || !nb_endpoint_is_wildcard(&subject.end))
        return rule;
    if (grant != NB_GRANT_LISTEN && request->grant == NB_GRANT_LISTEN)
        return NULL;
    rule = find_included(rules, &subject);
    if (rule != NULL || grant == NB_GRANT_LISTEN)
        return rule;
    subject.end = loopback_twin(&subject.end);
    return nb_rules_find(rules, grant, &subject);
}

struct nb_rule *nb_denial_find_below(const struct nb_rules *rules,
                                     const struct nb_request *request)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (nb_path_is_below(rules->items[i].text, request->subject.text))
            return &rules->items[i];
    }
    return NULL;
}
