/* The names of the network in memory, which are answered in a while. */
#include "core/loop.h"
#include "core/runtime.h"
#include "support/lanlink.h"

static struct lan *lan_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct lan, base);
}

static void on_answer(struct nb_timer *timer)
{
    struct lan *lan = NB_CONTAINER_OF(timer, struct lan, answer);
    int status = lan_judge(lan, LAN_ANSWER, -1);

    zone_answer(&lan->zone, status < 0 ? status : 0);
}

void lan_names_init(struct lan *lan)
{
    nb_timer_init(&lan->answer, on_answer);
    zone_init(&lan->zone);
    lan->zone.deferring = true;
}

static void await(struct lan *lan)
{
    struct nb_runtime *rt = lan->base.rt;

    nb_timer_arm(rt, &lan->answer, nb_loop_now(rt->loop) + LAN_LOOKUP_TIME);
}

int lan_lookup(struct nb_net *net, const char *name, int family,
               struct nb_lookup *lookup)
{
    struct lan *lan = lan_of(net);
    int rc = lan_judge(lan, LAN_LOOKUP, -1);

    if (rc < 0)
        return rc;
    zone_lookup(&lan->zone, name, family, lookup);
    await(lan);
    return 0;
}

int lan_reverse(struct nb_net *net, const struct nb_addr *addr,
                struct nb_lookup *lookup)
{
    struct lan *lan = lan_of(net);
    int rc = lan_judge(lan, LAN_REVERSE, -1);

    if (rc < 0)
        return rc;
    zone_reverse(&lan->zone, addr, lookup);
    await(lan);
    return 0;
}

void lan_name(struct nb_net *net, const char *name, const char *ip)
{
    struct nb_addr addr;

    nb_addr_parse(&addr, ip, 0);
    zone_add(&lan_of(net)->zone, name, &addr);
}
