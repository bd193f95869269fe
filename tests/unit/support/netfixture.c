/* Net without Lua on a scripted network: see netfixture.h. */
#include "support/netfixture.h"

#include "core/iowait.h"
#include "net/net.h"

int netfixture_begin(void **state)
{
    static struct netfixture self;

    self = (struct netfixture){.core = NULL};
    if (fixture_virtual(&self.core) != 0)
        return -1;
    self.fx = self.core;
    self.net = scripted_new(&self.fx->rt);
    nb_list_init(&self.open);
    *state = &self;
    return 0;
}

static const char *left_behind(const struct netfixture *self)
{
    if (scripted_open(self->net) != 0)
        return "a descriptor";
    if (!nb_list_empty(&self->open))
        return "an open socket";
    if (scripted_left(self->net) != 0)
        return "a result that nobody called for";
    return NULL;
}

int netfixture_end(void **state)
{
    struct netfixture *self = *state;
    const char *what = left_behind(self);

    self->net->ops->free(self->net);
    int rc = fixture_end(&self->core);
    if (what == NULL)
        return rc;
    print_error("left behind: %s\n", what);
    return -1;
}

struct nb_addr netfixture_address(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

void netfixture_assert_address(const struct nb_addr *addr, const char *expected)
{
    char text[NB_ADDR_TEXT];

    nb_addr_format(addr, text);
    assert_string_equal(text, expected);
}

void netfixture_await(struct actor *actor, void *arg)
{
    const struct netfixture_wait *wait = arg;
    struct nb_wait how = {.deadline = NB_NEVER, .what = "test"};

    actor->waits = true;
    assert_int_equal(
        nb_iowait_begin(wait->io, wait->dir, &actor->task.waiter, &how), 0);
}
