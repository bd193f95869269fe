/*
 * TCP as it must have been. A connection of a client (c, port 4000) to a server
 * (s, port 80) is told as events; what comes of it is written down in short:
 * "c PA1/1+5" is a segment of the client with PSH and ACK, numbers relative to
 * the first that was seen, and 5 bytes.
 */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/capture.h"
#include "support/tale.h"
#include "trace/flow.h"
#include "trace/wire.h"

struct wire {
    struct nb_flows flows;
    struct tale tale;
    char log[2048];
    uint32_t first[2]; /* numbers: of the client, of the server */
    bool known[2];
    size_t packets;
};

static uint32_t relative(struct wire *wire, int side, uint32_t number)
{
    if (!wire->known[side])
        wire->first[side] = number;
    wire->known[side] = true;
    return number - wire->first[side];
}

static void write_down(void *context, const struct nb_wire_packet *packet)
{
    static uint8_t bytes[NB_WIRE_MAX];
    struct wire *wire = context;
    struct capture_packet seen;
    char line[64];
    size_t used = strlen(wire->log);

    memcpy(bytes, packet->head, packet->head_len);
    if (packet->len > 0)
        memcpy(bytes + packet->head_len, packet->data, packet->len);
    capture_packet(&seen, bytes, packet->head_len + packet->len);
    int from = seen.from_port == 80;
    if (strchr(seen.flags, 'S') != NULL)
        wire->known[from] = false; /* its numbers begin anew */
    int len = snprintf(line, sizeof line, "%c %s%u", from ? 's' : 'c',
                       seen.flags, relative(wire, from, seen.seq));
    if (strchr(seen.flags, 'A') != NULL)
        len += snprintf(line + len, sizeof line - (size_t)len, "/%u",
                        relative(wire, !from, seen.ack));
    if (seen.len > 0)
        snprintf(line + len, sizeof line - (size_t)len, "+%zu", seen.len);
    wire->packets++;
    if (used + strlen(line) + 3 < sizeof wire->log)
        snprintf(wire->log + used, sizeof wire->log - used, "%s%s",
                 used > 0 ? ", " : "", line);
}

static int begin(void **state)
{
    struct wire *wire = calloc(1, sizeof *wire);

    nb_flows_init(&wire->flows, write_down, wire);
    *state = wire;
    return 0;
}

static int end(void **state)
{
    struct wire *wire = *state;

    nb_flows_deinit(&wire->flows);
    bool clean = wire->flows.count == 0 && wire->flows.ended == 0 &&
                 nb_alloc_account().blocks == 0;
    free(wire);
    return clean ? 0 : -1;
}

static int take(struct wire *wire, const char *text)
{
    char line[256];

    snprintf(line, sizeof line, "%s", text);
    struct nb_trace_event event = tale_event(&wire->tale, line);
    return nb_flows_take(&wire->flows, &event);
}

/* The log since the last time is this. */
static void check_log(struct wire *wire, const char *expected)
{
    assert_string_equal(wire->log, expected);
    wire->log[0] = '\0';
}

/* An event of the conversation's client or server. */
#define CLIENT(what) what " tcp of=1 socket=1 127.0.0.1:4000 127.0.0.1:80"
#define SERVER(what) what " tcp of=1 socket=2 127.0.0.1:80 127.0.0.1:4000"

static void connect_both(struct wire *wire)
{
    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("connected"));
    take(wire, SERVER("accepted") " peer=1");
    check_log(wire, "c S0, s SA0/1, c A1/1");
}

/* As both, where the other end is not in this program. */
static void connect_out(struct wire *wire)
{
    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("connected"));
    check_log(wire, "c S0, s SA0/1, c A1/1");
}

static void a_handshake_is_told_once_whichever_end_is_first(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    check_log(wire, "c S0");
    take(wire, SERVER("accepted") " peer=1");
    check_log(wire, "s SA0/1, c A1/1");
    take(wire, CLIENT("connected") " peer=2");
    check_log(wire, "");
}

static void who_was_accepted_must_have_asked(void **state)
{
    struct wire *wire = *state;

    take(wire, SERVER("accepted"));
    check_log(wire, "c S0, s SA0/1, c A1/1");
}

static void who_is_connected_at_once_has_asked_too(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connected"));
    check_log(wire, "c S0, s SA0/1, c A1/1");
}

static void data_is_told_when_it_is_sent(void **state)
{
    struct wire *wire = *state;

    connect_both(wire);
    take(wire, CLIENT("sent") " peer=2 text=hello");
    check_log(wire, "c PA1/1+5, s A1/6");
    take(wire, SERVER("received") " peer=1 text=hello");
    check_log(wire, "");
    take(wire, SERVER("sent") " peer=1 text=hey");
    check_log(wire, "s PA1/6+3, c A6/4");
    take(wire, CLIENT("received") " peer=2 text=hey");
    take(wire, CLIENT("sent") " peer=2");
    check_log(wire, "");
}

static void from_outside_it_is_told_when_it_is_received(void **state)
{
    struct wire *wire = *state;

    connect_out(wire);
    take(wire, CLIENT("received") " text=hey");
    check_log(wire, "s PA1/1+3, c A1/4");
}

static void an_end_is_inside_as_soon_as_it_is_heard_of(void **state)
{
    struct wire *wire = *state;

    connect_out(wire);
    take(wire, CLIENT("sent") " text=hello");
    take(wire, CLIENT("closed"));
    check_log(wire, "c PA1/1+5, s A1/6, c FA6/1, s A1/7");
    take(wire, SERVER("accepted"));
    take(wire, SERVER("received") " text=hello");
    take(wire, SERVER("ended"));
    check_log(wire, "");
    take(wire, SERVER("closed"));
    check_log(wire, "s FA1/7, c A7/2");
    assert_int_equal(wire->flows.count, 0);
}

static void closed_before_it_was_accepted(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("closed"));
    check_log(wire, "c S0");
    take(wire, SERVER("accepted"));
    check_log(wire, "s SA0/1, c A1/1");
    take(wire, SERVER("ended"));
    check_log(wire, "c FA1/1, s A1/2");
}

static void a_large_send_is_cut_into_segments(void **state)
{
    static const char data[150000];
    struct wire *wire = *state;
    struct nb_trace_event event;
    char line[] = CLIENT("sent") " peer=2";

    connect_both(wire);
    event = tale_event(&wire->tale, line);
    event.data = data;
    event.len = sizeof data;
    nb_flows_take(&wire->flows, &event);
    check_log(wire, "c A1/1+65495, s A1/65496, c A65496/1+65495, s A1/130991, "
                    "c PA130991/1+19010, s A1/150001");
}

/* More than a window full is never on its way. */
static void segments_of_ethernet_are_acknowledged_in_time(void **state)
{
    static const char data[200000];
    struct wire *wire = *state;
    struct nb_trace_event event;
    char line[] = "received tcp of=1 socket=1 192.0.2.1:4000 192.0.2.2:80";

    event = tale_event(&wire->tale, line);
    event.data = data;
    event.len = sizeof data;
    nb_flows_take(&wire->flows, &event);
    assert_int_equal(wire->packets, 137 + 4);
}

static void a_half_closed_connection_carries_the_other_way(void **state)
{
    struct wire *wire = *state;

    connect_both(wire);
    take(wire, CLIENT("half-closed") " peer=2");
    take(wire, SERVER("ended") " peer=1");
    check_log(wire, "c FA1/1, s A1/2");
    take(wire, SERVER("sent") " peer=1 text=bye");
    check_log(wire, "s PA1/2+3, c A2/4");
    take(wire, SERVER("closed") " peer=1");
    check_log(wire, "s FA4/2, c A2/5");
    take(wire, CLIENT("closed") " peer=2");
    check_log(wire, "");
    assert_int_equal(wire->flows.count, 0);
}

static void an_end_outside_has_closed_when_the_stream_ends(void **state)
{
    struct wire *wire = *state;

    connect_out(wire);
    take(wire, CLIENT("ended"));
    check_log(wire, "s FA1/1, c A1/2");
    take(wire, CLIENT("closed"));
    check_log(wire, "c FA1/2, s A2/2");
}

static void nobody_acknowledges_who_has_closed(void **state)
{
    struct wire *wire = *state;

    connect_both(wire);
    take(wire, SERVER("closed") " peer=1");
    take(wire, CLIENT("sent") " text=late");
    take(wire, CLIENT("reset"));
    check_log(wire, "s FA1/1, c A1/2, c PA1/2+4, s RA2/5");
    take(wire, CLIENT("closed"));
    check_log(wire, "");
    assert_int_equal(wire->flows.count, 0);
}

static void a_refusal_answers_the_syn(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("refused") " errno=111");
    check_log(wire, "c S0, s RA0/1");
    take(wire, CLIENT("closed"));
    check_log(wire, "");

    take(wire, "refused tcp of=2 socket=3 127.0.0.1:4001 127.0.0.1:80");
    check_log(wire, "c S0, s RA0/1");
}

static void who_was_refused_may_ask_again(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("refused"));
    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("connected"));
    check_log(wire, "c S0, s RA0/1, c S0, s SA0/1, c A1/1");
}

static void a_reset_comes_from_the_other_end(void **state)
{
    struct wire *wire = *state;

    connect_out(wire);
    take(wire, CLIENT("sent") " text=hello");
    take(wire, CLIENT("reset"));
    check_log(wire, "c PA1/1+5, s A1/6, s RA1/6");
    take(wire, CLIENT("reset"));
    take(wire, CLIENT("closed"));
    check_log(wire, "");
}

static void a_timeout_leaves_the_syn_alone(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    take(wire, CLIENT("timed-out") " operation=connect");
    take(wire, CLIENT("error") " operation=connect");
    take(wire, CLIENT("closed"));
    check_log(wire, "c S0");
}

static void a_conversation_may_be_met_in_its_midst(void **state)
{
    struct wire *wire = *state;

    take(wire, SERVER("sent") " text=hello");
    check_log(wire, "s PA0/0+5, c A0/5");
    take(wire, CLIENT("received") " peer=2 text=hello");
    take(wire, CLIENT("sent") " peer=2 text=hey");
    check_log(wire, "c PA0/5+3, s A5/3");
    take(wire, CLIENT("closed") " peer=2");
    check_log(wire, "c FA3/5, s A5/4");
}

static void a_gap_makes_the_numbers_jump_once(void **state)
{
    struct wire *wire = *state;

    connect_both(wire);
    nb_flows_gap(&wire->flows);
    take(wire, CLIENT("sent") " peer=2 text=hello");
    check_log(wire, "c PA2/1+5, s A1/7");
    take(wire, CLIENT("sent") " peer=2 text=hello");
    check_log(wire, "c PA7/1+5, s A1/12");
    take(wire, SERVER("closed") " peer=1");
    check_log(wire, "s FA2/12, c A12/3");
}

static void a_handshake_after_a_gap_is_whole(void **state)
{
    struct wire *wire = *state;

    take(wire, CLIENT("connecting"));
    nb_flows_gap(&wire->flows);
    take(wire, CLIENT("connected"));
    take(wire, CLIENT("sent") " text=hello");
    check_log(wire, "c S0, s SA0/1, c A1/1, c PA1/1+5, s A1/6");
}

/* Of a stream whose numbers begin less than 1 MiB before their end. */
static void numbers_wrap_around(void **state)
{
    static const char data[1 << 20];
    struct wire *wire = *state;
    char line[128];

    for (int i = 1; i < 100000 && wire->first[0] < 0xfff00000; i++) {
        wire->known[0] = wire->known[1] = false;
        snprintf(line, sizeof line,
                 "sent tcp of=%d socket=1 127.0.0.1:4000 127.0.0.1:80 text=x",
                 i);
        take(wire, line);
    }
    assert_true(wire->first[0] >= 0xfff00000);
    wire->log[0] = '\0';
    struct nb_trace_event event = tale_event(&wire->tale, line);
    event.data = data;
    event.len = sizeof data;
    nb_flows_take(&wire->flows, &event);
    assert_non_null(strstr(wire->log, "c PA1047921/0+656, s A0/1048577"));
}

static void a_connection_to_oneself_has_an_end(void **state)
{
    struct wire *wire = *state;
    static const char self[] =
        " tcp of=1 socket=1 peer=1 127.0.0.1:80 127.0.0.1:80";
    const char *const kinds[] = {"connecting", "connected", "sent",
                                 "received",   "ended",     "closed"};

    for (size_t i = 0; i < NB_COUNTOF(kinds); i++) {
        char line[128];
        snprintf(line, sizeof line, "%s%s text=x", kinds[i], self);
        take(wire, line);
    }
    assert_int_equal(wire->flows.count, 0);
}

static void what_has_no_conversation_or_address_makes_no_packet(void **state)
{
    struct wire *wire = *state;

    take(wire, "listening tcp socket=1 127.0.0.1:80");
    take(wire, "bound tcp socket=1 127.0.0.1:80");
    take(wire, "sent tcp of=1 socket=1 text=x");
    check_log(wire, "");
    assert_int_equal(wire->flows.count, 0);
}

/* Takes an event of many conversations, one after the other. */
static void take_many(struct wire *wire, const char *kind, int first, int last)
{
    for (int i = first; i <= last; i++) {
        char line[128];
        snprintf(line, sizeof line,
                 "%s tcp of=%d socket=%d 127.0.0.1:4000 127.0.0.1:80", kind, i,
                 i);
        assert_int_equal(take(wire, line), 0);
    }
}

static void those_that_have_ended_are_forgotten_in_time(void **state)
{
    struct wire *wire = *state;

    take_many(wire, "connected", 1, 3000);
    assert_int_equal(wire->flows.count, 3000);
    take_many(wire, "closed", 1, 3000);
    assert_int_equal(wire->flows.count, NB_FLOWS_OVER);
}

static void the_one_unused_longest_makes_room(void **state)
{
    struct wire *wire = *state;

    take_many(wire, "connected", 1, NB_FLOWS_MAX);
    take_many(wire, "sent", 1, 1);
    wire->packets = 0;
    take_many(wire, "connecting", NB_FLOWS_MAX + 1, NB_FLOWS_MAX + 1);
    assert_int_equal(wire->flows.count, NB_FLOWS_MAX);
    take_many(wire, "connecting", 1, 1); /* still open */
    assert_int_equal(wire->packets, 1);
    take_many(wire, "connecting", 2, 2); /* asks for the first time */
    assert_int_equal(wire->packets, 2);
}

static void without_memory_the_next_conversation_is_recorded(void **state)
{
    struct wire *wire = *state;
    struct refusal refusal = {.countdown = 1};

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(take(wire, CLIENT("connecting")), -ENOMEM);
    check_log(wire, "");
    assert_int_equal(take(wire, CLIENT("connected")), 0);
    nb_alloc_set_gate(NULL, NULL);
    check_log(wire, "c S0, s SA0/1, c A1/1");
}

#define WIRE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(a_handshake_is_told_once_whichever_end_is_first),
        WIRE_TEST(who_was_accepted_must_have_asked),
        WIRE_TEST(who_is_connected_at_once_has_asked_too),
        WIRE_TEST(data_is_told_when_it_is_sent),
        WIRE_TEST(from_outside_it_is_told_when_it_is_received),
        WIRE_TEST(an_end_is_inside_as_soon_as_it_is_heard_of),
        WIRE_TEST(closed_before_it_was_accepted),
        WIRE_TEST(a_large_send_is_cut_into_segments),
        WIRE_TEST(segments_of_ethernet_are_acknowledged_in_time),
        WIRE_TEST(a_half_closed_connection_carries_the_other_way),
        WIRE_TEST(an_end_outside_has_closed_when_the_stream_ends),
        WIRE_TEST(nobody_acknowledges_who_has_closed),
        WIRE_TEST(a_refusal_answers_the_syn),
        WIRE_TEST(who_was_refused_may_ask_again),
        WIRE_TEST(a_reset_comes_from_the_other_end),
        WIRE_TEST(a_timeout_leaves_the_syn_alone),
        WIRE_TEST(a_conversation_may_be_met_in_its_midst),
        WIRE_TEST(a_gap_makes_the_numbers_jump_once),
        WIRE_TEST(a_handshake_after_a_gap_is_whole),
        WIRE_TEST(numbers_wrap_around),
        WIRE_TEST(a_connection_to_oneself_has_an_end),
        WIRE_TEST(what_has_no_conversation_or_address_makes_no_packet),
        WIRE_TEST(those_that_have_ended_are_forgotten_in_time),
        WIRE_TEST(the_one_unused_longest_makes_room),
        WIRE_TEST(without_memory_the_next_conversation_is_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
