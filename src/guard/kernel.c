/* The second wall, computed from the policy: see kernel.h. */
#include "guard/kernel.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "guard/landlock.h"
#include "guard/policy.h"
#include "guard/seccomp.h"
#include "util/list.h"

enum {
    MAX_PORTS = 256, /* more are not bound one by one */
    DNS_PORT = 53,
};

/* A policy, and whether it may still be widened. */
struct view {
    const struct nb_policy *policy;
    bool asks;
};

static const struct nb_rules *rules_of(const struct view *view,
                                       enum nb_grant grant, bool deny)
{
    return nb_policy_rules(view->policy, grant, deny);
}

/* True if nothing of it is or can be allowed. */
static bool is_shut(const struct view *view, enum nb_grant grant)
{
    const struct nb_rules *allowed = rules_of(view, grant, false);

    return rules_of(view, grant, true)->all ||
           (!view->asks && !allowed->all && allowed->count == 0);
}

/* True if all of it is or can be allowed, but for what is denied. */
static bool is_open(const struct view *view, enum nb_grant grant)
{
    return !rules_of(view, grant, true)->all &&
           (view->asks || rules_of(view, grant, false)->all);
}

/* True if there is nothing left to guard. */
static bool is_all(const struct nb_policy *policy)
{
    for (int i = 0; policy != NULL && i < NB_GRANTS; i++) {
        if (!nb_policy_rules(policy, (enum nb_grant)i, false)->all)
            return false;
    }
    return true;
}

/* Loopback needs no flag, so what keeps it out are flags that deny it. */
static bool denies_loopback(const struct nb_rules *denied)
{
    static const struct nb_endpoint in = {.bytes = {127}, .family = AF_INET};
    static const struct nb_endpoint in6 = {
        .bytes = {[15] = 1},
        .family = AF_INET6,
    };
    bool no_in = denied->all;
    bool no_in6 = denied->all;

    for (size_t i = 0; i < denied->count; i++) {
        const struct nb_netrule *rule = &denied->items[i].net;
        no_in = no_in || (rule->prefix <= 8 &&
                          nb_netrule_covers(rule, &in, NB_PORT_EXACT));
        no_in6 = no_in6 || nb_netrule_covers(rule, &in6, NB_PORT_EXACT);
    }
    return no_in && no_in6;
}

/* How many ports the rules name; more than MAX_PORTS for any. */
static unsigned count_ports(const struct nb_rules *rules)
{
    unsigned count = rules->all ? MAX_PORTS + 1 : 0;

    for (size_t i = 0; i < rules->count && count <= MAX_PORTS; i++) {
        const struct nb_netrule *rule = &rules->items[i].net;
        count += rule->any_port ? MAX_PORTS + 1
                                : 1u + rule->to - (unsigned)rule->from;
    }
    return count;
}

/* The uses of TCP that the policy binds to ports that can be counted. */
static unsigned bound_uses(const struct view *view)
{
    const struct nb_rules *no_net = rules_of(view, NB_GRANT_NET, true);
    const struct nb_rules *no_listen = rules_of(view, NB_GRANT_LISTEN, true);
    unsigned net = count_ports(rules_of(view, NB_GRANT_NET, false));
    unsigned listen = count_ports(rules_of(view, NB_GRANT_LISTEN, false));
    unsigned uses = 0;

    if (no_net->all)
        return NB_LANDLOCK_BIND | NB_LANDLOCK_CONNECT;
    if (no_listen->all)
        uses = NB_LANDLOCK_BIND;
    if (view->asks || net > MAX_PORTS)
        return uses;
    if (denies_loopback(no_net))
        uses |= NB_LANDLOCK_CONNECT;
    if ((denies_loopback(no_net) || denies_loopback(no_listen)) &&
        net + listen <= MAX_PORTS)
        uses |= NB_LANDLOCK_BIND;
    return uses;
}

static int allow_ports(const struct nb_landlock *set,
                       const struct nb_rules *rules, unsigned uses)
{
    int rc = 0;

    for (size_t i = 0; i < rules->count && rc == 0; i++) {
        const struct nb_netrule *rule = &rules->items[i].net;
        for (unsigned port = rule->from; port <= rule->to && rc == 0; port++)
            rc = nb_landlock_allow_port(set, (uint16_t)port, uses);
        if (rule->base.family == AF_UNSPEC && rc == 0) /* asked over TCP */
            rc = nb_landlock_allow_port(set, DNS_PORT, NB_LANDLOCK_CONNECT);
    }
    return rc;
}

static int open_ports(const struct view *view, const struct nb_landlock *set,
                      unsigned bound)
{
    const struct nb_rules *net = rules_of(view, NB_GRANT_NET, false);
    const struct nb_rules *listen = rules_of(view, NB_GRANT_LISTEN, false);
    unsigned bind = bound & NB_LANDLOCK_BIND;
    int rc = 0;

    if (rules_of(view, NB_GRANT_NET, true)->all)
        return 0;
    if (rules_of(view, NB_GRANT_LISTEN, true)->all)
        bind = 0;
    if (bound & NB_LANDLOCK_CONNECT || bind != 0)
        rc = allow_ports(set, net, (bound & NB_LANDLOCK_CONNECT) | bind);
    if (rc == 0 && bind != 0)
        rc = allow_ports(set, listen, bind);
    return rc;
}

/* A path that leads nowhere opens nothing. */
static int open_path(const struct nb_landlock *set, const char *path,
                     unsigned uses)
{
    int rc = nb_landlock_allow_path(set, path, uses);

    return rc == -ENOENT || rc == -EACCES || rc == -ENOTDIR ? 0 : rc;
}

/* What netbox and its libraries read of their own accord. */
static int open_system(const struct view *view, const struct nb_landlock *set,
                       const char *file)
{
    static const char *const always[] = {
        "/etc/localtime",
        "/etc/protocols",
        "/etc/services",
        "/usr/share/zoneinfo",
#ifdef NETBOX_INSTRUMENTED
        NETBOX_INSTRUMENTED, /* where the program and its notes are */
        "/proc",
        "/dev/null",
#endif
    };
    static const char *const names[] = {
        "/dev/urandom",       "/etc/hosts",       "/etc/host.conf",
        "/etc/nsswitch.conf", "/etc/resolv.conf",
    };
    unsigned uses = NB_LANDLOCK_READ;
    int rc = file == NULL ? 0 : open_path(set, file, uses);

#ifdef NETBOX_COVERAGE
    uses |= NB_LANDLOCK_WRITE;
#endif
    for (size_t i = 0; i < NB_COUNTOF(always) && rc == 0; i++)
        rc = open_path(set, always[i], uses);
    if (is_shut(view, NB_GRANT_NET))
        return rc;
    for (size_t i = 0; i < NB_COUNTOF(names) && rc == 0; i++)
        rc = open_path(set, names[i], NB_LANDLOCK_READ);
    return rc;
}

static int open_granted(const struct view *view, const struct nb_landlock *set,
                        enum nb_grant grant, unsigned uses)
{
    const struct nb_rules *rules = rules_of(view, grant, false);
    int rc = 0;

    if (is_shut(view, grant))
        return 0;
    if (is_open(view, grant))
        return open_path(set, "/", uses);
    for (size_t i = 0; i < rules->count && rc == 0; i++) {
        if (rules->items[i].text[0] == '/')
            rc = open_path(set, rules->items[i].text, uses);
    }
    return rc;
}

/* True if a unix socket may be reached by a name without a path. */
static bool has_abstract(const struct view *view)
{
    const struct nb_rules *rules = rules_of(view, NB_GRANT_UNIX, false);

    for (size_t i = 0; i < rules->count; i++) {
        if (rules->items[i].text[0] == '@')
            return !is_shut(view, NB_GRANT_UNIX);
    }
    return is_open(view, NB_GRANT_UNIX);
}

/* Holds files, and what else Landlock knows. */
static int enter_landlock(const struct view *view, const char *file)
{
    const char *folder = nb_policy_folder(view->policy);
    unsigned bound = bound_uses(view);
    struct nb_landlock set;
    int rc = nb_landlock_begin(&set, bound, has_abstract(view));

    if (rc == 0)
        rc = open_system(view, &set, file);
    if (rc == 0 && folder != NULL)
        rc = open_path(&set, folder, NB_LANDLOCK_READ);
    if (rc == 0)
        rc = open_granted(view, &set, NB_GRANT_READ, NB_LANDLOCK_READ);
    if (rc == 0)
        rc = open_granted(view, &set, NB_GRANT_WRITE, NB_LANDLOCK_WRITE);
    if (rc == 0)
        rc = open_granted(view, &set, NB_GRANT_UNIX, NB_LANDLOCK_BIND_PATH);
    if (rc == 0)
        rc = open_ports(view, &set, bound);
    if (rc == 0)
        rc = nb_landlock_enter(&set);
    nb_landlock_drop(&set);
    return rc;
}

/* Which system calls the policy needs. */
static enum nb_seccomp choose(const struct view *view, bool raw_echo)
{
    unsigned lifts = 0;

    if (!is_shut(view, NB_GRANT_RUN))
        return NB_SECCOMP_RUN;
    if (!is_shut(view, NB_GRANT_NATIVE))
        return NB_SECCOMP_NATIVE;
#ifdef NETBOX_COVERAGE
    lifts |= NB_SECCOMP_WRITE;
#endif
    if (!is_shut(view, NB_GRANT_WRITE))
        lifts |= NB_SECCOMP_WRITE;
    if (!is_shut(view, NB_GRANT_UNIX))
        lifts |= NB_SECCOMP_UNIX;
    if (!rules_of(view, NB_GRANT_NET, true)->all) /* loopback at least */
        lifts |= NB_SECCOMP_NET | (raw_echo ? NB_SECCOMP_ECHO : 0);
    if (!is_shut(view, NB_GRANT_RAW))
        lifts |= NB_SECCOMP_RAW;
    return (enum nb_seccomp)lifts;
}

int nb_kernel_enter(struct nb_kernel *kernel, const struct nb_policy *policy,
                    const struct nb_kernel_needs *needs)
{
    const struct view view = {.policy = policy, .asks = needs->asks};

    *kernel = (struct nb_kernel){.calls = false};
    if (is_all(policy))
        return 0;
    enum nb_seccomp which = choose(&view, needs->raw_echo);
    kernel->wants_calls = true;
    kernel->wants_files = which < NB_SECCOMP_NATIVE;
    int rc = kernel->wants_files ? enter_landlock(&view, needs->file) : -ENOSYS;
    kernel->files = rc == 0;
    if (rc != -ENOMEM) {
        rc = nb_seccomp_enter(which);
        kernel->calls = rc == 0;
    }
    return rc == -ENOMEM ? rc : 0;
}
