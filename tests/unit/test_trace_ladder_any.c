/* Ladders of too much, of anything at all, and without memory. */
#include "support/fixture.h"

#include "support/ladders.h"

static void a_trace_is_drawn_up_to_its_thousandth_event(void **state)
{
    struct laddered subject;
    size_t bytes = 0;

    laddered_named(&subject, "many", false);
    assert_int_equal(subject.keep.count, NB_KEEP_EVENTS);
    assert_int_equal(subject.keep.cut, 200);
    for (size_t i = 0; i < subject.keep.count; i++)
        bytes += subject.keep.events[i].stored;
    assert_true(bytes <= NB_KEEP_BYTES && bytes > NB_KEEP_BYTES / 2);
    assert_true(subject.keep.events[0].cut);
    assert_int_equal(subject.ladder.lost, 0);
    laddered_end(&subject);
}

/* Whatever happened, in whatever order. */
static void anything_can_be_drawn(void **state)
{
    static const char *const places[] = {
        NULL,        "*",       "/a",          "127.0.0.1:1", "127.0.0.1:40000",
        "0.0.0.0:1", "[::1]:1", "10.0.0.1:80",
    };
    static const char *const texts[] = {NULL, "", "a", "bb", "\xff\xff\xff"};
    uint64_t last = 0;

    for (uint64_t seed = chance_seeds(1500, &last); seed <= last; seed++) {
        struct chance chance = {seed};
        struct told told[40] = {{0}};
        struct laddered subject;
        for (size_t i = 0; i < NB_COUNTOF(told); i++) {
            struct told *one = &told[i];
            one->kind =
                (enum nb_trace_kind)chance_below(&chance, NB_TRACE_KINDS);
            one->proto =
                (enum nb_trace_proto)chance_below(&chance, NB_TRACE_PROTOS);
            one->wait = chance_below(&chance, 9) == 0 ? 1000000 : 1;
            one->socket = chance_below(&chance, 5);
            one->peer = chance_below(&chance, 5);
            one->conversation = chance_below(&chance, 4);
            one->local = places[chance_below(&chance, NB_COUNTOF(places))];
            one->remote = places[chance_below(&chance, NB_COUNTOF(places))];
            one->data = texts[chance_below(&chance, NB_COUNTOF(texts))];
            one->thread = "worker";
            one->passive = chance_below(&chance, 2) == 0;
        }
        laddered_make(&subject, told, NB_COUNTOF(told),
                      chance_below(&chance, 2) == 0);
        laddered_check_room(&subject);
        laddered_end(&subject);
    }
}

static void without_memory_all_is_left_out(void **state)
{
    struct laddered subject;
    bool whole = false;

    for (size_t n = 1; !whole; n++) {
        struct refusal refusal = {.countdown = n};
        nb_keep_init(&subject.keep, NB_KEEP_PAYLOAD);
        story_tell_named("udp", laddered_keep, &subject.keep);
        nb_alloc_set_gate(refusal_gate, &refusal);
        nb_ladder_make(&subject.ladder, &subject.keep, true);
        nb_alloc_set_gate(NULL, NULL);
        whole = refusal.countdown > 0;
        assert_int_equal(subject.keep.cut, whole ? 0 : 15);
        assert_int_equal(subject.ladder.rung_count == 0, !whole);
        laddered_end(&subject);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_drawn_up_to_its_thousandth_event),
        cmocka_unit_test(anything_can_be_drawn),
        cmocka_unit_test(without_memory_all_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
