/* Ports by their role: who is a server, who a client, and which one. */
#include "support/fixture.h"

#include <stdio.h>
#include <string.h>

#include "support/traced.h"
#include "trace/role.h"
#include "util/list.h"

/* What happens; a port that is 0 is none. */
struct moment {
    enum nb_trace_kind kind;
    enum nb_trace_proto proto;
    bool passive;
    uint64_t socket;
    uint64_t peer;
    uint64_t conversation;
    uint16_t local;
    uint16_t remote;
    const char *roles; /* "local remote" afterwards */
};

static void check_step(struct nb_trace_roles *roles, const struct moment *step,
                       const char *local_ip)
{
    char local[NB_TRACE_ROLE_TEXT];
    char remote[NB_TRACE_ROLE_TEXT];
    char both[2 * NB_TRACE_ROLE_TEXT];
    struct nb_trace_event event = {
        .kind = step->kind,
        .proto = step->proto,
        .passive = step->passive,
        .socket = step->socket,
        .peer = step->peer,
        .conversation = step->conversation,
        .local = traced_addr(local_ip, step->local),
        .remote = traced_addr("127.0.0.1", step->remote),
    };

    if (step->remote == 0)
        event.remote.len = 0;
    nb_trace_roles_take(roles, &event);
    nb_trace_roles_local(roles, &event, local);
    nb_trace_roles_remote(roles, &event, remote);
    snprintf(both, sizeof both, "%s %s", local, remote);
    assert_string_equal(both, step->roles);
}

static void check(const struct moment *steps, size_t count, const char *ip)
{
    struct nb_trace_roles roles;

    nb_trace_roles_init(&roles);
    for (size_t i = 0; i < count; i++)
        check_step(&roles, &steps[i], ip);
    nb_trace_roles_deinit(&roles);
}

#define TCP NB_TRACE_TCP
#define UDP NB_TRACE_UDP

static void both_ends_of_a_connection_here_agree(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_LISTENING, TCP, true, 1, 0, 0, 8000, 0, "server "},
        {NB_TRACE_CONNECTING, TCP, false, 2, 0, 1, 0, 8000, " server"},
        {NB_TRACE_CONNECTED, TCP, false, 2, 0, 1, 40000, 8000, "client server"},
        {NB_TRACE_ACCEPTED, TCP, true, 3, 2, 1, 8000, 40000, "server client"},
        {NB_TRACE_CONNECTED, TCP, false, 4, 0, 2, 40001, 8000,
         "client2 server"},
        {NB_TRACE_SENT, TCP, false, 2, 3, 1, 40000, 8000, "client server"},
        {NB_TRACE_ACCEPTED, TCP, true, 5, 4, 2, 8000, 40001, "server client2"},
        {NB_TRACE_LISTENING, TCP, true, 6, 0, 0, 8001, 0, "server2 "},
        {NB_TRACE_RECEIVED, TCP, true, 3, 2, 1, 8000, 40000, "server client"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void a_server_on_every_interface_is_one(void **state)
{
    static const struct moment bound = {NB_TRACE_BOUND, TCP, false,    1, 0, 0,
                                        8000,           0,   "server "};
    static const struct moment others[] = {
        {NB_TRACE_CONNECTED, TCP, false, 2, 0, 1, 40000, 8000, "client server"},
        {NB_TRACE_ACCEPTED, TCP, true, 3, 2, 1, 8000, 40000, "server client"},
    };
    static const char *const wild[] = {"0.0.0.0", "::"};

    for (size_t i = 0; i < NB_COUNTOF(wild); i++) {
        struct nb_trace_roles roles;
        nb_trace_roles_init(&roles);
        check_step(&roles, &bound, wild[i]);
        check_step(&roles, &others[0], "127.0.0.1");
        check_step(&roles, &others[1], "127.0.0.1");
        nb_trace_roles_deinit(&roles);
    }
}

static void a_port_that_is_used_again_is_somebody_else(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_LISTENING, TCP, true, 1, 0, 0, 8000, 0, "server "},
        {NB_TRACE_CONNECTED, TCP, false, 2, 0, 1, 40000, 8000, "client server"},
        {NB_TRACE_CLOSED, TCP, false, 2, 0, 1, 40000, 8000, "client server"},
        {NB_TRACE_CONNECTED, TCP, false, 3, 0, 2, 40000, 8000,
         "client2 server"},
        {NB_TRACE_ACCEPTED, TCP, true, 4, 3, 2, 8000, 40000, "server client2"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void strangers_who_come_are_clients(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_LISTENING, TCP, true, 1, 0, 0, 8000, 0, "server "},
        {NB_TRACE_ACCEPTED, TCP, true, 2, 0, 1, 8000, 40000, "server client"},
        {NB_TRACE_RECEIVED, TCP, true, 2, 0, 1, 8000, 40000, "server client"},
        {NB_TRACE_ACCEPTED, TCP, true, 3, 0, 2, 8000, 40000, "server client2"},
        {NB_TRACE_SENT, TCP, true, 3, 0, 2, 8000, 40000, "server client2"},
        {NB_TRACE_ACCEPTED, TCP, true, 4, 0, 3, 8000, 40001, "server client3"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void a_server_elsewhere_keeps_its_port(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_CONNECTED, TCP, false, 1, 0, 1, 40000, 80, "client "},
        {NB_TRACE_RECEIVED, TCP, false, 1, 0, 1, 40000, 80, "client "},
        {NB_TRACE_SENT, UDP, false, 2, 0, 2, 40000, 53, "client2 "},
        {NB_TRACE_BOUND, UDP, false, 3, 0, 0, 9000, 0, "server "},
        {NB_TRACE_SENT, UDP, false, 3, 0, 3, 9000, 54, "server "},
        {NB_TRACE_RECEIVED, UDP, false, 3, 0, 4, 9000, 55, "server client3"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void a_port_that_nobody_chose_is_not_shown(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_CONNECTED, TCP, false, 1, 0, 1, 40000, 32767, "client "},
        {NB_TRACE_CONNECTED, TCP, false, 2, 0, 2, 40001, 32768,
         "client2 server"},
        {NB_TRACE_SENT, UDP, false, 3, 0, 3, 40002, 50000, "client3 server2"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void what_a_filter_keeps_out_is_guessed(void **state)
{
    static const struct moment tcp[] = {
        {NB_TRACE_CONNECTING, TCP, false, 2, 0, 1, 0, 45000, " server"},
        {NB_TRACE_SENT, TCP, false, 2, 3, 1, 40000, 45000, "client server"},
        {NB_TRACE_SENT, TCP, true, 3, 2, 1, 45000, 40000, "server client"},
        {NB_TRACE_SENT, TCP, true, 5, 4, 2, 45000, 40001, "server client2"},
        {NB_TRACE_SENT, TCP, false, 4, 5, 2, 40001, 45000, "client2 server"},
    };
    static const struct moment udp[] = {
        {NB_TRACE_SENT, UDP, false, 2, 1, 1, 40000, 9000, "client server"},
        {NB_TRACE_RECEIVED, UDP, false, 1, 2, 1, 9000, 40000, "server client"},
        {NB_TRACE_RECEIVED, UDP, false, 1, 0, 2, 9000, 50000, "server client2"},
    };
    static const struct moment received[] = {
        {NB_TRACE_RECEIVED, UDP, false, 1, 2, 1, 9000, 40000, "server client"},
        {NB_TRACE_RECEIVED, UDP, false, 2, 1, 1, 40000, 9000, "client server"},
    };

    check(tcp, NB_COUNTOF(tcp), "127.0.0.1");
    check(udp, NB_COUNTOF(udp), "127.0.0.1");
    check(received, NB_COUNTOF(received), "127.0.0.1");
}

static void who_was_a_stranger_may_be_of_this_program(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_BOUND, UDP, false, 1, 0, 0, 9000, 0, "server "},
        {NB_TRACE_SENT, UDP, false, 2, 0, 1, 0, 9000, " server"},
        {NB_TRACE_RECEIVED, UDP, false, 1, 2, 1, 9000, 40000, "server client"},
        {NB_TRACE_RECEIVED, UDP, false, 2, 1, 1, 40000, 9000, "client server"},
        {NB_TRACE_SENT, UDP, false, 1, 2, 1, 9000, 40000, "server client"},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void sockets_that_share_a_port_keep_their_roles(void **state)
{
    static const struct moment steps[] = {
        {NB_TRACE_BOUND, UDP, false, 1, 0, 0, 9000, 0, "server "},
        {NB_TRACE_BOUND, UDP, false, 2, 0, 0, 9000, 0, "server2 "},
        {NB_TRACE_RECEIVED, UDP, false, 1, 0, 0, 9000, 0, "server "},
        {NB_TRACE_RECEIVED, UDP, false, 2, 0, 0, 9000, 0, "server2 "},
    };

    check(steps, NB_COUNTOF(steps), "127.0.0.1");
}

static void there_is_room_for_many(void **state)
{
    struct nb_trace_roles roles;

    nb_trace_roles_init(&roles);
    for (uint64_t i = 1; i <= 1000; i++) {
        char role[2 * NB_TRACE_ROLE_TEXT];
        snprintf(role, sizeof role, "server%llu ", (unsigned long long)i);
        struct moment step = {.kind = NB_TRACE_BOUND,
                              .proto = UDP,
                              .socket = i,
                              .local = (uint16_t)(i + 1000),
                              .roles = i == 1 ? "server " : role};
        check_step(&roles, &step, "127.0.0.1");
    }
    nb_trace_roles_deinit(&roles);
}

static void the_oldest_client_is_forgotten(void **state)
{
    static const struct moment first = {
        NB_TRACE_LISTENING, TCP, true, 1, 0, 0, 80, 0, "server "};
    struct nb_trace_roles roles;

    nb_trace_roles_init(&roles);
    check_step(&roles, &first, "127.0.0.1");
    for (uint16_t i = 1; i <= NB_TRACE_ROLES + 2; i++) {
        char role[2 * NB_TRACE_ROLE_TEXT];
        bool again = i == NB_TRACE_ROLES + 2;
        snprintf(role, sizeof role, "server client%u", (unsigned)i);
        struct moment step = {.kind = NB_TRACE_ACCEPTED,
                              .proto = TCP,
                              .passive = true,
                              .socket = again ? 2 : i + 1,
                              .conversation = again ? 1 : i,
                              .local = 80,
                              .remote = (uint16_t)(again ? 1001 : i + 1000),
                              .roles = i == 1 ? "server client" : role};
        check_step(&roles, &step, "127.0.0.1");
    }
    assert_int_equal(roles.count, NB_TRACE_ROLES);
    nb_trace_roles_deinit(&roles);
}

static void without_memory_nothing_is_learned(void **state)
{
    struct nb_alloc_account before = nb_alloc_account();
    static const struct moment nothing = {
        NB_TRACE_ACCEPTED, TCP, true, 2, 0, 1, 8000, 40000, " "};
    struct refusal refusal = {.countdown = 1, .for_good = true};
    struct nb_trace_roles roles;

    nb_trace_roles_init(&roles);
    nb_alloc_set_gate(refusal_gate, &refusal);
    check_step(&roles, &nothing, "127.0.0.1");
    nb_alloc_set_gate(NULL, NULL);
    nb_trace_roles_deinit(&roles);
    assert_int_equal(nb_alloc_account().bytes, before.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_a_connection_here_agree),
        cmocka_unit_test(a_server_on_every_interface_is_one),
        cmocka_unit_test(a_port_that_is_used_again_is_somebody_else),
        cmocka_unit_test(strangers_who_come_are_clients),
        cmocka_unit_test(a_server_elsewhere_keeps_its_port),
        cmocka_unit_test(a_port_that_nobody_chose_is_not_shown),
        cmocka_unit_test(what_a_filter_keeps_out_is_guessed),
        cmocka_unit_test(who_was_a_stranger_may_be_of_this_program),
        cmocka_unit_test(sockets_that_share_a_port_keep_their_roles),
        cmocka_unit_test(there_is_room_for_many),
        cmocka_unit_test(the_oldest_client_is_forgotten),
        cmocka_unit_test(without_memory_nothing_is_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
