/* The lookup that a socket keeps for the next call. */
#include "support/netfixture.h"

#include <errno.h>

#include "net/extra.h"
#include "net/pickup.h"
#include "net/resolve.h"
#include "net/socket.h"

static const struct nb_query query = {.name = "a.test", .len = 6, .port = 80};

/* A socket that keeps a lookup of `query`, which waits for its answer. */
static struct nb_lookup *keep(struct netfixture *self, struct nb_socket *sock)
{
    struct nb_lookup *lookup = NULL;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_defer(self->net);
    nb_socket_init(sock, self->net);
    assert_int_equal(
        nb_socket_open(sock, &self->open, AF_UNSPEC, SOCK_STREAM, 0), 0);
    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    nb_list_push(&nb_extra_need(sock)->lookups, &lookup->link);
    nb_pickup_keep(sock, lookup, &query);
    return lookup;
}

static void nothing_is_kept_at_first(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    nb_socket_init(&sock, self->net);
    assert_null(nb_pickup_take(&sock, &query));
    nb_socket_deinit(&sock);
}

static void the_same_query_takes_it_back_once(void **state)
{
    char name[] = "a.test";
    const struct nb_query same = {.name = name, .len = 6, .port = 80};
    struct netfixture *self = *state;
    struct nb_socket sock;
    struct nb_lookup *lookup = keep(self, &sock);

    assert_ptr_equal(nb_extra_of(&sock)->lookup, lookup);
    assert_ptr_equal(nb_pickup_take(&sock, &same), lookup);
    assert_null(nb_pickup_take(&sock, &same));
    nb_pickup_keep(&sock, lookup, &same);
    scripted_answer(self->net, 0);
    assert_true(nb_extra_of(&sock)->lookup->done);
    assert_ptr_equal(nb_pickup_take(&sock, &query), lookup);
    netfixture_assert_address(lookup->addrs, "192.0.2.1:80");
    nb_lookup_free(lookup);
    nb_socket_deinit(&sock);
}

static void another_query_gives_it_up(void **state)
{
    static const struct nb_query others[] = {
        {.name = "b.test", .len = 6, .port = 80},
        {.name = "a.test", .len = 6, .port = 81},
        {.name = "a.test", .len = 6, .port = 80, .family = AF_INET},
    };
    struct netfixture *self = *state;

    for (size_t i = 0; i < NB_COUNTOF(others); i++) {
        struct nb_socket sock;
        keep(self, &sock);
        assert_null(nb_pickup_take(&sock, &others[i]));
        assert_null(nb_pickup_take(&sock, &query));
        scripted_answer(self->net, 0);
        nb_socket_deinit(&sock);
    }
}

static void one_is_kept_at_most(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;
    struct nb_lookup *second = NULL;

    keep(self, &sock);
    assert_int_equal(nb_resolve(self->net, &query, &second), 0);
    nb_pickup_keep(&sock, second, &query);
    assert_ptr_equal(nb_pickup_take(&sock, &query), second);
    nb_lookup_free(second);
    scripted_answer(self->net, 0);
    nb_socket_deinit(&sock);
}

static void closing_gives_it_up(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    keep(self, &sock);
    nb_socket_close(&sock);
    assert_null(nb_extra_of(&sock)->lookup);
    nb_socket_deinit(&sock);
    scripted_answer(self->net, 0);
}

static void closing_frees_one_that_is_done(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    keep(self, &sock);
    scripted_answer(self->net, 0);
    nb_socket_deinit(&sock);
}

static void without_memory_it_is_given_up(void **state)
{
    struct refusal refusal = {.countdown = 1};
    struct netfixture *self = *state;
    struct nb_socket sock;
    struct nb_lookup *lookup = NULL;

    keep(self, &sock);
    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    nb_alloc_set_gate(refusal_gate, &refusal);
    nb_pickup_keep(&sock, lookup, &query);
    nb_alloc_set_gate(NULL, NULL);
    assert_null(nb_extra_of(&sock)->lookup);
    scripted_answer(self->net, 0);
    nb_socket_deinit(&sock);
}

struct polling {
    struct netfixture *self;
    struct nb_socket sock;
};

/* There is no descriptor that could be watched. */
static void await(struct actor *actor, void *arg)
{
    struct polling *polling = arg;
    struct nb_wait how = {.deadline = NB_NEVER, .what = "test"};

    actor->waits = true;
    assert_int_equal(nb_iowait_line_up(&polling->sock.io, NB_WRITE,
                                       &actor->task.waiter, &how),
                     0);
}

static void answer(struct actor *actor, void *arg)
{
    struct polling *polling = arg;

    scripted_answer(polling->self->net, 0);
}

static void take_back(struct actor *actor, void *arg)
{
    struct polling *polling = arg;

    nb_lookup_free(nb_pickup_take(&polling->sock, &query));
}

/* Whoever waits to write is woken by what another one does. */
static void assert_woken_by(struct netfixture *self,
                            void (*act)(struct actor *, void *))
{
    struct polling polling = {.self = self};
    struct actor waiting;
    struct actor acting;

    keep(self, &polling.sock);
    const struct step waits[] = {step_call(await, &polling), step_end()};
    const struct step acts[] = {step_call(act, &polling), step_end()};
    self->fx->log[0] = '\0';
    actor_start(&waiting, self->fx, "a", waits);
    actor_start(&acting, self->fx, "b", acts);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, "a=0");
    scripted_answer(self->net, 0);
    nb_socket_deinit(&polling.sock);
}

static void its_end_wakes_who_polls(void **state)
{
    assert_woken_by(*state, answer);
}

static void taking_it_back_wakes_who_polls(void **state)
{
    assert_woken_by(*state, take_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(nothing_is_kept_at_first),
        NET_TEST(the_same_query_takes_it_back_once),
        NET_TEST(another_query_gives_it_up),
        NET_TEST(one_is_kept_at_most),
        NET_TEST(closing_gives_it_up),
        NET_TEST(closing_frees_one_that_is_done),
        NET_TEST(without_memory_it_is_given_up),
        NET_TEST(its_end_wakes_who_polls),
        NET_TEST(taking_it_back_wakes_who_polls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
