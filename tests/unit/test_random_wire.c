/*
 * Random traffic on a random network. The traffic (support/traffic.lua and
 * letters.lua) keeps books of every byte; the network takes and gives less than it is asked for,
 * says "not now" when it was ready, and ready when it is not, is slow, has no
 * descriptors left, resets connections and ends streams in the middle.
 *
 * Whatever it does: bytes arrive in order, or the call says why they do not,
 * and that is the reason which the network gave; every program ends, leaves
 * nothing behind, and does the same when it is run again.
 *
 * A failure prints what the program saw, and its seed: NB_SEED=n repeats it.
 * With the word "all" there are many more.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/lthread.h"
#include "net/net.h"
#include "support/part.h"
#include "support/watchdog.h"
#include "util/err.h"

enum {
    PROGRAMS = 1000,
    ALL_PROGRAMS = 20000,
    AGAIN = 10,
    MOST_CALLS = 200000,
};

/* How bad a network is; each has the faults of those before. */
enum badness { SLOW, STINGY, SHORT, CRUEL, BADNESSES };

/* A network, and the program that runs on it. */
struct world {
    struct luafixture fx;
    struct chance chance;
    enum badness badness;
    int calls;
};

static uint64_t programs = PROGRAMS;

static int below(struct world *world, int limit)
{
    return (int)chance_below(&world->chance, (uint64_t)limit);
}

static bool happens(struct world *world, enum badness badness, int percent)
{
    return world->badness >= badness && below(world, 100) < percent;
}

static int pick(struct world *world, const int errors[4])
{
    return -errors[below(world, 4)];
}

static int judge_send(struct world *world, int fd)
{
    static const int soft[] = {ENOBUFS, ENOMEM, EPERM, EHOSTUNREACH};
    static const int hard[] = {ECONNRESET, EPIPE, ENETDOWN, EHOSTUNREACH};

    if (happens(world, STINGY, 10))
        return -EAGAIN;
    if (happens(world, SHORT, 1))
        return pick(world, soft);
    if (happens(world, CRUEL, 2)) {
        lan_break(world->fx.net, fd);
        return pick(world, hard);
    }
    return happens(world, STINGY, 30) ? 1 + below(world, 500) : LAN_GO;
}

static int judge_recv(struct world *world, int fd)
{
    static const int soft[] = {ENOBUFS, ENOMEM, EHOSTUNREACH, ENETUNREACH};
    static const int hard[] = {ECONNRESET, ENETDOWN, EIO, EHOSTUNREACH};

    if (happens(world, STINGY, 10))
        return -EAGAIN;
    if (happens(world, SHORT, 1))
        return pick(world, soft);
    if (happens(world, CRUEL, 1))
        return 0;
    if (happens(world, CRUEL, 1)) {
        lan_break(world->fx.net, fd);
        return pick(world, hard);
    }
    return happens(world, STINGY, 30) ? 1 + below(world, 100) : LAN_GO;
}

static int judge_accept(struct world *world)
{
    static const int shortages[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

    if (happens(world, STINGY, 10))
        return -EAGAIN;
    return happens(world, SHORT, 10) ? pick(world, shortages) : LAN_GO;
}

static int judge_connect(struct world *world)
{
    static const int errors[] = {ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EPERM};

    if (happens(world, STINGY, 10))
        return -EINPROGRESS;
    return happens(world, CRUEL, 5) ? pick(world, errors) : LAN_GO;
}

static int judge_other(struct world *world)
{
    static const int errors[] = {ENOBUFS, ENOMEM, EINVAL, EMFILE};

    return happens(world, SHORT, 2) ? pick(world, errors) : LAN_GO;
}

static int judge(void *context, enum lan_op op, int fd)
{
    struct world *world = context;
    struct nb_lua *lua = &world->fx.lua;

    if (++world->calls == MOST_CALLS) {
        lua->rt.signal = SIGINT;
        nb_lthread_interrupt(lua);
    }
    if (happens(world, STINGY, 5))
        lan_rouse(world->fx.net, 3 + below(world, 8));
    switch (op) {
    case LAN_SEND:
    case LAN_SPLICE:
        return judge_send(world, fd);
    case LAN_RECV:
        return judge_recv(world, fd);
    case LAN_ACCEPT:
        return judge_accept(world);
    case LAN_CONNECT:
        return judge_connect(world);
    case LAN_CLOSE:
        return happens(world, SLOW, 5) ? -EIO : LAN_GO;
    case LAN_ANSWER:
        return happens(world, SHORT, 5) ? NB_EAI_AGAIN : LAN_GO;
    case LAN_SOCKET:
    case LAN_BIND:
    case LAN_LISTEN:
    case LAN_SOCKETPAIR:
    case LAN_ADOPT:
    case LAN_SENDMMSG:
    case LAN_RECVMMSG:
    case LAN_SHUTDOWN:
    case LAN_GETSOCKNAME:
    case LAN_GETPEERNAME:
    case LAN_SETSOCKOPT:
    case LAN_GETSOCKOPT:
    case LAN_LOOKUP:
    case LAN_REVERSE:
    case LAN_PIPE:
        break;
    case LAN_POLL:
    case LAN_DRAIN:
    case LAN_OPS:
        return LAN_GO;
    }
    return judge_other(world);
}

/* Mostly some milliseconds, sometimes half a second; never a round number. */
static int64_t travel(void *context)
{
    struct world *world = context;
    int most = below(world, 10) == 0 ? 500000000 : 5000000;

    return 1 + below(world, most);
}

static struct part parts[] = {
    {.name = "traffic", .path = "tests/unit/support/traffic.lua"},
    {.name = "letters", .path = "tests/unit/support/letters.lua"},
};

static void run(struct world *world, uint64_t seed)
{
    const struct lan_rules rules = {
        .judge = judge, .delay = travel, .context = world};
    struct luafixture *fx = &world->fx;
    char chunk[64];

    world->chance = (struct chance){seed};
    world->badness = (enum badness)(seed % BADNESSES);
    world->calls = 0;
    luafixture_begin_lan(fx, &rules);
    lan_name(fx->net, "two.test", "192.0.2.1");
    lan_name(fx->net, "two.test", "127.0.0.1");
    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_load(fx->lua.L, &parts[i]);
    snprintf(chunk, sizeof chunk, "traffic()(%llu, letters())",
             (unsigned long long)seed);
    watchdog_set("it hangs; repeat with NB_SEED=%llu",
                 (unsigned long long)seed);
    int rc = luafixture_run(fx, chunk);
    watchdog_clear();
    bool good = rc == 0 && *fx->err == '\0' && world->calls < MOST_CALLS;

    if (!good || getenv("NB_SEED") != NULL)
        fprintf(stderr, "%s%s", fx->out, fx->err);
    if (!good)
        fail_msg("it ended with %d after %d calls; repeat with NB_SEED=%llu",
                 rc, world->calls, (unsigned long long)seed);
    luafixture_end(fx);
}

static void every_byte_arrives_or_the_call_says_why(void **state)
{
    static struct world first;
    static struct world second;
    uint64_t last;

    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_compile(&parts[i]);
    for (uint64_t seed = chance_seeds(programs, &last); seed <= last; seed++) {
        run(&first, seed);
        if (seed % AGAIN != 0)
            continue;
        run(&second, seed);
        if (strcmp(first.fx.out, second.fx.out) != 0)
            fail_msg("the second time it was different; NB_SEED=%llu",
                     (unsigned long long)seed);
    }
    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_free(&parts[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_arrives_or_the_call_says_why),
    };

    if (argc > 1 && strcmp(argv[1], "all") == 0)
        programs = ALL_PROGRAMS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
