/* Ladders: columns, which arrow ends where, and that nothing overlaps. */
#include "support/fixture.h"

#include "support/ladders.h"

#define SERVER "127.0.0.1:12000"
#define CLIENT "127.0.0.1:50312"

static void columns_stand_in_the_order_of_their_first_use(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "tcp", false);
    assert_int_equal(subject.ladder.column_count, 2);
    assert_string_equal(laddered_column(&subject, 0), SERVER);
    assert_string_equal(subject.ladder.columns[0].threads, "server, handler");
    assert_string_equal(laddered_column(&subject, 1), CLIENT);
    assert_string_equal(subject.ladder.columns[1].threads, "main");
    assert_true(subject.ladder.columns[0].here);
    laddered_end(&subject);
}

static void a_connection_is_drawn_as_its_segments(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "tcp", false);
    laddered_check_labels(&subject,
                          "listening; SYN; SYN+ACK; ACK; "
                          "22 B \"hello <world> & \\\"all\\\"\xe2\x80\xa6\"; "
                          "27 B \"HELLO from 127.0.0.1:503\xe2\x80\xa6\"; "
                          "8 B \"and more\"; FIN (half-close); FIN");
    const struct nb_rung *syn = laddered_find(&subject, "SYN");
    const struct nb_rung *answer = laddered_find(&subject, "SYN+ACK");
    assert_int_equal(syn->from, 1);
    assert_int_equal(syn->to, 0);
    assert_true(syn->y2 > syn->y1);
    assert_int_equal(answer->y1, syn->y2);
    assert_int_equal(answer->from, 0);
    assert_int_equal(laddered_find_nth(&subject, "ACK", 1)->y1, answer->y2);
    assert_int_equal(subject.ladder.messages, 8);
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void an_arrow_ends_where_its_last_byte_arrives(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "tcp", false);
    assert_int_equal(laddered_find(&subject, "HELLO")->y2,
                     laddered_find(&subject, "more")->y2);
    assert_true(laddered_find(&subject, "HELLO")->y1 <
                laddered_find(&subject, "more")->y1);
    laddered_end(&subject);

    laddered_named(&subject, "unix", false);
    const struct nb_rung *sent = laddered_find(&subject, "over a path");
    assert_int_equal(sent->end, 6);
    assert_null(laddered_find_nth(&subject, "over", 1));
    assert_string_equal(laddered_column(&subject, sent->from), "client");
    assert_string_equal(laddered_column(&subject, sent->to), "/run/x.sock");
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void what_was_sent_before_the_trace_delays_no_arrow(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "one"},
        {NB_TRACE_RECEIVED, NB_TRACE_TCP, .socket = 2, .peer = 1,
         .conversation = 1, .local = SERVER, .remote = CLIENT,
         .data = "earlierone"},
        {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "two"},
        {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "three"},
        {NB_TRACE_RECEIVED, NB_TRACE_TCP, .socket = 2, .peer = 1,
         .conversation = 1, .local = SERVER, .remote = CLIENT, .data = "two"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 5, false);
    laddered_check_labels(&subject, "3 B \"one\"; 3 B \"two\"; 5 B \"three\"");
    assert_int_equal(laddered_find(&subject, "one")->end, 1);
    assert_int_equal(laddered_find(&subject, "two")->end, 4);
    assert_int_equal(laddered_find(&subject, "three")->end, NB_KEEP_NONE);
    laddered_end(&subject);
}

static void datagrams_are_told_by_their_bytes(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "udp", false);
    const struct nb_rung *first = laddered_find(&subject, "DATA 1");
    assert_true(first->lost && first->cross && !first->again);
    assert_string_equal(first->label, "6 B \"DATA 1\", lost");
    const struct nb_rung *second = laddered_find(&subject, "again");
    assert_string_equal(second->label, "again, no. 2: 6 B \"DATA 1\"");
    assert_true(second->again && !second->lost);
    assert_int_equal(second->end, 4);
    /* One overtakes the other. */
    assert_int_equal(laddered_find(&subject, "DATA 2")->end, 12);
    assert_int_equal(laddered_find(&subject, "01 02 ff fe")->end, 10);
    assert_int_equal(subject.ladder.lost, 1);
    assert_string_equal(laddered_find(&subject, "now two")->label,
                        "now two at once");
    assert_string_equal(laddered_column(&subject, 0), CLIENT);
    assert_string_equal(laddered_column(&subject, 1), "0.0.0.0:12000");
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void the_same_words_after_an_answer_are_not_said_again(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "yes"},
        {NB_TRACE_RECEIVED, NB_TRACE_UDP, .socket = 1, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "really?"},
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "yes"},
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "yes"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 4, false);
    laddered_check_labels(&subject,
                          "3 B \"yes\"; 7 B \"really?\"; 3 B \"yes\"; "
                          "again, no. 2: 3 B \"yes\"");
    laddered_end(&subject);
}

static void nothing_is_called_lost_where_events_are_missing(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "one"},
        {NB_TRACE_DROPPED, .count = 1},
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "two"},
        {NB_TRACE_RECEIVED, NB_TRACE_UDP, .socket = 2, .peer = 1,
         .conversation = 1, .local = SERVER, .remote = CLIENT, .data = "three"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 4, false);
    laddered_check_labels(&subject, "3 B \"one\"; 1 event is missing here; "
                                    "3 B \"two\", lost; 5 B \"three\"");
    assert_int_equal(laddered_find(&subject, "three")->from, 0);
    laddered_end(&subject);
}

static void a_datagram_for_many_has_an_arrow_to_each(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_SENT, NB_TRACE_UDP, .socket = 1, .conversation = 1,
         .local = CLIENT, .remote = "224.0.0.251:5353", .data = "all"},
        {NB_TRACE_RECEIVED, NB_TRACE_UDP, .socket = 2, .peer = 1,
         .conversation = 2, .local = "127.0.0.1:1", .remote = CLIENT,
         .data = "all"},
        {NB_TRACE_RECEIVED, NB_TRACE_UDP, .socket = 3, .peer = 1,
         .conversation = 3, .local = "127.0.0.1:2", .remote = CLIENT,
         .data = "all"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 3, false);
    laddered_check_labels(&subject, "3 B \"all\"; ");
    assert_int_equal(subject.ladder.column_count, 3);
    assert_int_equal(subject.ladder.rungs[0].to, 1);
    assert_int_equal(subject.ladder.rungs[1].from, 0);
    assert_int_equal(subject.ladder.rungs[1].to, 2);
    laddered_end(&subject);
}

static void what_comes_from_elsewhere_is_level(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "outside", false);
    for (size_t i = 0; i < subject.ladder.rung_count; i++)
        assert_int_equal(subject.ladder.rungs[i].y1,
                         subject.ladder.rungs[i].y2);
    laddered_check_labels(
        &subject, "SYN; SYN+ACK; ACK; 37 B \"GET / "
                  "HTTP/1.1\\r\\nHost: \xe2\x80\xa6\"; 27 B \"HTTP/1.1 204 No "
                  "Content\xe2\x80\xa6\"; FIN; FIN; SYN; SYN+ACK; ACK; RST; "
                  "echo request, 4 B");
    assert_int_equal(subject.ladder.column_count, 6);
    assert_false(subject.ladder.columns[1].here);
    assert_true(laddered_find(&subject, "RST")->cross);
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void what_fails_has_a_cross(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "trouble", false);
    laddered_check_labels(&subject,
                          "SYN; RST (refused); 8 B \"anybody?\"; "
                          "ICMP port unreachable; 12 events are missing here; "
                          "send: EMSGSIZE; 9 B \"to myself\"; "
                          "timed out waiting to receive");
    assert_true(laddered_find(&subject, "refused")->cross);
    assert_true(laddered_find(&subject, "EMSGSIZE")->cross);
    assert_true(laddered_find(&subject, "timed out")->cross);
    assert_int_equal(laddered_find(&subject, "timed out")->kind, NB_RUNG_POINT);
    const struct nb_rung *own = laddered_find(&subject, "to myself");
    assert_int_equal(own->from, own->to);
    assert_true(own->x2 > own->x1 && own->y2 > own->y1);
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void a_close_that_resets_is_no_fin(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_SENT, NB_TRACE_TCP, .socket = 1, .peer = 2, .conversation = 1,
         .local = CLIENT, .remote = SERVER, .data = "unread"},
        {NB_TRACE_CLOSED, NB_TRACE_TCP, .socket = 2, .peer = 1,
         .conversation = 1, .local = SERVER, .remote = CLIENT},
        {NB_TRACE_RESET, NB_TRACE_TCP, .socket = 1, .peer = 2,
         .conversation = 1, .local = CLIENT, .remote = SERVER},
        {NB_TRACE_CLOSED, NB_TRACE_TCP, .socket = 1, .peer = 2,
         .conversation = 1, .local = CLIENT, .remote = SERVER},
    };
    struct laddered subject;

    laddered_make(&subject, told, 4, false);
    laddered_check_labels(&subject, "6 B \"unread\"; RST");
    assert_true(laddered_find(&subject, "RST")->y2 >
                laddered_find(&subject, "RST")->y1);
    assert_string_equal(laddered_find(&subject, "unread")->remark,
                        "Nobody has read all of it.");
    laddered_end(&subject);
}

static void a_listener_for_every_address_is_one_column(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_LISTENING, NB_TRACE_TCP, .socket = 1, .local = "0.0.0.0:80",
         .passive = true},
        {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 2, .conversation = 1,
         .local = CLIENT, .remote = "127.0.0.1:80"},
        {NB_TRACE_ACCEPTED, NB_TRACE_TCP, .socket = 3, .conversation = 1,
         .local = "127.0.0.1:80", .remote = CLIENT, .passive = true},
        {NB_TRACE_CONNECTED, NB_TRACE_TCP, .socket = 2, .conversation = 1,
         .local = CLIENT, .remote = "127.0.0.1:80"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 4, false);
    assert_int_equal(subject.ladder.column_count, 2);
    assert_string_equal(laddered_column(&subject, 0), "0.0.0.0:80");
    laddered_check_labels(&subject, "listening; SYN; SYN+ACK; ACK");
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void a_long_silence_is_folded(void **state)
{
    struct laddered subject;
    int folds = 0;

    laddered_named(&subject, "tcp", false);
    for (size_t i = 0; i < subject.ladder.instant_count; i++) {
        if (subject.ladder.instants[i].fold > 0) {
            folds++;
            assert_int_equal(subject.ladder.instants[i].fold, 3200000000);
        }
    }
    assert_int_equal(folds, 1);
    const struct nb_rung *before = laddered_find(&subject, "more");
    const struct nb_rung *after = laddered_find(&subject, "half-close");
    assert_true(after->y1 - before->y2 < 100);
    laddered_end(&subject);
}

static void distances_are_to_scale(void **state)
{
    struct told told[12];
    struct laddered subject;

    for (size_t i = 0; i < NB_COUNTOF(told); i++)
        told[i] = (struct told){NB_TRACE_MARK, .wait = i == 4 ? 3000 : 1000,
                                .data = "tick"};
    laddered_make(&subject, told, NB_COUNTOF(told), false);
    int one = subject.ladder.rungs[2].y1 - subject.ladder.rungs[1].y1;
    int three = subject.ladder.rungs[4].y1 - subject.ladder.rungs[3].y1;
    int same = subject.ladder.rungs[8].y1 - subject.ladder.rungs[7].y1;
    assert_int_equal(one, same);
    assert_true(three > one + 16);
    laddered_end(&subject);
}

static void what_is_stable_has_no_times_and_no_ports(void **state)
{
    struct laddered subject;

    laddered_named(&subject, "tcp", true);
    assert_int_equal(subject.ladder.instant_count, 0);
    assert_string_equal(laddered_column(&subject, 0), SERVER);
    assert_string_equal(laddered_column(&subject, 1), "127.0.0.1:client");
    assert_string_equal(laddered_find(&subject, "HELLO")->label,
                        "27 B \"HELLO from 127.0.0.1:cli\xe2\x80\xa6\"");
    assert_string_equal(subject.keep.events[5].event.origin.source,
                        "story.lua");
    for (size_t i = 1; i < subject.ladder.rung_count; i++)
        assert_true(
            subject.ladder.rungs[i].y1 - subject.ladder.rungs[i - 1].y1 <= 60);
    laddered_check_room(&subject);
    laddered_end(&subject);
}

static void roles_are_numbered(void **state)
{
    static const struct told told[] = {
        {NB_TRACE_BOUND, NB_TRACE_TCP, .socket = 1, .local = "127.0.0.1:40000"},
        {NB_TRACE_LISTENING, NB_TRACE_TCP, .socket = 1,
         .local = "127.0.0.1:40000", .passive = true},
        {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 2, .conversation = 1,
         .local = "127.0.0.1:40001", .remote = "127.0.0.1:40000"},
        {NB_TRACE_CONNECTING, NB_TRACE_TCP, .socket = 3, .conversation = 2,
         .local = "[::1]:1040", .remote = "[::1]:7"},
        {NB_TRACE_MARK, .data = "40000, 40001, 400011 and 7"},
    };
    struct laddered subject;

    laddered_make(&subject, told, 5, true);
    assert_string_equal(laddered_column(&subject, 0), "127.0.0.1:server");
    assert_string_equal(laddered_column(&subject, 1), "127.0.0.1:client");
    assert_string_equal(laddered_column(&subject, 2), "[::1]:client2");
    assert_string_equal(laddered_column(&subject, 3), "[::1]:7");
    assert_string_equal(laddered_find(&subject, "and")->label,
                        "server, client, 400011 and 7");
    laddered_end(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_stand_in_the_order_of_their_first_use),
        cmocka_unit_test(a_connection_is_drawn_as_its_segments),
        cmocka_unit_test(an_arrow_ends_where_its_last_byte_arrives),
        cmocka_unit_test(what_was_sent_before_the_trace_delays_no_arrow),
        cmocka_unit_test(datagrams_are_told_by_their_bytes),
        cmocka_unit_test(the_same_words_after_an_answer_are_not_said_again),
        cmocka_unit_test(nothing_is_called_lost_where_events_are_missing),
        cmocka_unit_test(a_datagram_for_many_has_an_arrow_to_each),
        cmocka_unit_test(what_comes_from_elsewhere_is_level),
        cmocka_unit_test(what_fails_has_a_cross),
        cmocka_unit_test(a_close_that_resets_is_no_fin),
        cmocka_unit_test(a_listener_for_every_address_is_one_column),
        cmocka_unit_test(a_long_silence_is_folded),
        cmocka_unit_test(distances_are_to_scale),
        cmocka_unit_test(what_is_stable_has_no_times_and_no_ports),
        cmocka_unit_test(roles_are_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
