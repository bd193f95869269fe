/* The bus: who hears what, and in which order. */
#include "support/fixture.h"

#include "core/bus.h"

/* A sink that says its name at each event, and may leave then. */
struct ear {
    struct nb_sink sink;
    struct fixture *fx;
    const char *name;
    const struct nb_event *last;
    bool leaves;
};

static void hear(struct nb_sink *sink, const struct nb_event *event)
{
    struct ear *ear = NB_CONTAINER_OF(sink, struct ear, sink);

    ear->last = event;
    fixture_say(ear->fx, ear->name);
    if (ear->leaves)
        nb_bus_remove(sink);
}

static void add(struct ear *ear, struct fixture *fx, const char *name)
{
    *ear = (struct ear){.sink = {.take = hear}, .fx = fx, .name = name};
    nb_bus_add(&fx->rt.bus, &ear->sink);
}

static const struct nb_event event = {.kind = NB_EVENT_SEND, .fd = 3};

static void nobody_listens_at_first(void **state)
{
    struct fixture *fx = *state;

    assert_false(nb_bus_heard(&fx->rt.bus));
    nb_bus_publish(&fx->rt.bus, &event);
}

static void every_sink_is_told_in_the_order_of_adding(void **state)
{
    struct fixture *fx = *state;
    struct ear a, b, c;

    add(&a, fx, "a");
    add(&b, fx, "b");
    add(&c, fx, "c");
    assert_true(nb_bus_heard(&fx->rt.bus));
    nb_bus_publish(&fx->rt.bus, &event);
    nb_bus_publish(&fx->rt.bus, &event);
    assert_string_equal(fx->log, "a b c a b c");
    assert_ptr_equal(a.last, &event);
}

static void a_removed_sink_hears_no_more(void **state)
{
    struct fixture *fx = *state;
    struct ear a, b;

    add(&a, fx, "a");
    add(&b, fx, "b");
    nb_bus_remove(&a.sink);
    nb_bus_remove(&a.sink);
    nb_bus_publish(&fx->rt.bus, &event);
    assert_string_equal(fx->log, "b");
    nb_bus_remove(&b.sink);
    assert_false(nb_bus_heard(&fx->rt.bus));
}

static void a_sink_may_leave_while_it_hears(void **state)
{
    struct fixture *fx = *state;
    struct ear a, b, c;

    add(&a, fx, "a");
    add(&b, fx, "b");
    add(&c, fx, "c");
    b.leaves = true;
    nb_bus_publish(&fx->rt.bus, &event);
    nb_bus_publish(&fx->rt.bus, &event);
    assert_string_equal(fx->log, "a b c a c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIRTUAL_TEST(nobody_listens_at_first),
        VIRTUAL_TEST(every_sink_is_told_in_the_order_of_adding),
        VIRTUAL_TEST(a_removed_sink_hears_no_more),
        VIRTUAL_TEST(a_sink_may_leave_while_it_hears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
