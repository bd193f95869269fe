/* Numbers for pairs of addresses: of many at once, and of more than there is
 * room for. */
#include "support/fixture.h"

#include "trace/conversation.h"

/* Connections that nobody has accepted yet are as many. */
enum { MANY = 1000, TOO_MANY = 10 * NB_CONVERSATIONS };

static struct nb_conversations all;

static struct nb_end end_at(uint32_t i)
{
    struct nb_end end = {
        .ip = {[10] = 0xff, [11] = 0xff, [12] = 127},
        .port = (uint16_t)(1024 + i % 60000),
    };

    end.ip[14] = (unsigned char)(i / 60000);
    end.ip[15] = 1;
    return end;
}

static uint64_t begin(uint32_t i)
{
    struct nb_end client = end_at(i);
    struct nb_end server = end_at(UINT16_MAX);

    return nb_conversation_begin(&all, NB_TRACE_TCP, &client, &server)->number;
}

/* Asked for from the other end. */
static uint64_t find(uint32_t i)
{
    struct nb_end client = end_at(i);
    struct nb_end server = end_at(UINT16_MAX);

    return nb_conversation_find(&all, NB_TRACE_TCP, &server, &client)->number;
}

static void many_at_once_keep_their_numbers(void **state)
{
    all = (struct nb_conversations){.last = 0};
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(begin(i), i + 1);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(find(i), i + 1);
}

static void who_begins_again_takes_nobodys_place(void **state)
{
    all = (struct nb_conversations){.last = 0};
    for (uint32_t i = 0; i < MANY; i++)
        begin(i);
    for (int i = 0; i < TOO_MANY; i++)
        begin(MANY / 2);
    assert_int_equal(find(MANY / 2), MANY + TOO_MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        if (i != MANY / 2)
            assert_int_equal(find(i), i + 1);
    }
}

static void the_oldest_makes_room(void **state)
{
    all = (struct nb_conversations){.last = 0};
    for (uint32_t i = 0; i < TOO_MANY; i++)
        begin(i);
    for (uint32_t i = TOO_MANY - MANY; i < TOO_MANY; i++)
        assert_int_equal(find(i), i + 1);
    assert_int_equal(find(0), TOO_MANY + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once_keep_their_numbers),
        cmocka_unit_test(who_begins_again_takes_nobodys_place),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
